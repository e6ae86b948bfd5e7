using PgmCluster.Data;
using PgmCluster.Data.Tokens;
using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.BlockCausal;
using PgmCluster.Modeling.Masking;
using PgmCluster.Modeling.Randomness;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Inputs;

/// <summary>
/// A micro-batch of token images with the draws that all kinds of generative model make first, in the public code's order: label drop,
/// then share.
/// </summary>
internal sealed class TokenInputs : BatchInputs
{
    private readonly TokenDataset _tokens;
    private readonly TrainingSettings _settings;
    private readonly (int Codebook, int Classes) _limits;
    private readonly Device _device;
    private readonly HostBuffer<long> _codes, _labels;
    private readonly HostBuffer<bool> _dropped;
    private readonly HostBuffer<float> _shares;
    private readonly ushort[] _image;
    private readonly RevealBlocks? _blocks;
    private readonly HostBuffer<long>? _blocksOfTokens;

    /// <param name="tokens">The data.</param>
    /// <param name="settings">Of the draws.</param>
    /// <param name="count">B, pictures.</param>
    /// <param name="limits">The model's: codes and labels are below.</param>
    /// <param name="device">Where the batch is wanted.</param>
    /// <param name="blocks">For block-causal models: draws when each token is revealed.</param>
    public TokenInputs(
        TokenDataset tokens, TrainingSettings settings, int count, (int Codebook, int Classes) limits, Device device, RevealBlocks? blocks = null)
    {
        (_tokens, _settings, _limits, _device, _blocks) = (tokens, settings, limits, device, blocks);
        if (blocks is not null) _blocksOfTokens = new HostBuffer<long>(device, int64, count, 1 + blocks.Tokens);
        _codes = new HostBuffer<long>(device, int64, count, tokens.Height * tokens.Width);
        _image = new ushort[tokens.Height * tokens.Width];
        _labels = new HostBuffer<long>(device, int64, count);
        _dropped = new HostBuffer<bool>(device, ScalarType.Bool, count);
        // What is made of them is made on the CPU, so that it has the same bits for every device.
        _shares = new HostBuffer<float>(CPU, float32, count);
    }

    /// <summary>
    /// The same images mirrored: for each use in training a draw, after all others, says which of the two. Null for none.
    /// </summary>
    public TokenDataset? Flipped { get; init; }

    public override long Bytes => _codes.Bytes + _labels.Bytes + _dropped.Bytes + _shares.Bytes + (_blocksOfTokens?.Bytes ?? 0);

    /// <summary>The batch on its device; of the scope where it is a copy.</summary>
    public TokenBatch Batch() => new(
        _codes.ToDevice(), _labels.ToDevice(), _dropped.ToDevice(),
        _settings.Masking.MaskRatio(_shares.OnHost).unsqueeze(1).to(_device, non_blocking: true),
        _blocksOfTokens?.ToDevice());

    public override void Dispose()
    {
        _codes.Dispose();
        _labels.Dispose();
        _dropped.Dispose();
        _shares.Dispose();
        _blocksOfTokens?.Dispose();
    }

    protected override void FillWith(ReadOnlySpan<int> indices, RandomStream draws, bool training, double progress)
    {
        for (var i = 0; i < indices.Length; i++)
        {
            var label = _tokens.Label(indices[i]);
            Require(label, _limits.Classes, "label", indices[i]);
            _labels.Values[i] = label;
            Copy(_tokens, indices[i], i);
        }
        var numbers = _shares.Values;
        draws.Uniform(numbers);
        var drop = training ? (float)_settings.LabelDrop : 0;
        for (var i = 0; i < numbers.Length; i++) _dropped.Values[i] = numbers[i] < drop;
        draws.Uniform(numbers);
        DrawBlocks(indices.Length, draws, training, progress);
        if (Flipped is null || !training) return;
        var coins = new float[indices.Length];
        draws.Uniform(coins);
        for (var i = 0; i < coins.Length; i++) if (coins[i] < 0.5f) Copy(Flipped, indices[i], i);
    }

    private void DrawBlocks(int images, RandomStream draws, bool training, double progress)
    {
        if (_blocks is null) return;
        var length = 1 + _blocks.Tokens;
        for (var i = 0; i < images; i++)
        {
            var image = _blocksOfTokens!.Values.Slice(i * length, length);
            if (training) _blocks.Draw(image, progress, draws);
            else _blocks.Sampler(image);
        }
    }

    private void Copy(TokenDataset tokens, int index, int place)
    {
        var image = _image.AsSpan();
        var codes = _codes.Values.Slice(place * image.Length, image.Length);
        tokens.Read(index, image);
        for (var j = 0; j < codes.Length; j++)
        {
            Require(image[j], _limits.Codebook, "code", index);
            codes[j] = image[j];
        }
    }

    private static void Require(int value, int limit, string what, int index)
    {
        if (value >= 0 && value < limit) return;
        throw new BadInputException(
            $"Making a batch: picture {index} of the tokens has {what} {value}, the model's are 0 to {limit - 1}. "
            + "Train on tokens that the model is for.");
    }
}

using PgmCluster.Modeling.Attention;
using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.BlockCausal;

/// <summary>
/// Keys and values of all cross blocks in one product. Each block norms the encoder output with a weight of its own: without a bias that is
/// a factor on the columns of its product, so that one norm without weight serves all. Letters: B batch, C new positions, H width, n cross
/// blocks, h heads, d head width.
/// </summary>
internal sealed class CrossKeyWeights : IDisposable
{
    private readonly HeldTensors _held = new();
    private readonly Tensor _weight;                                                             // [2nH, H]: keys of all blocks, then values
    private readonly ScalarType _type;
    private readonly long _heads;

    /// <param name="blocks">n, at least one.</param>
    /// <param name="heads">h</param>
    /// <param name="type">Of the product.</param>
    public CrossKeyWeights(IReadOnlyList<CrossAttentionBlock> blocks, int heads, ScalarType type)
    {
        using var scope = NewDisposeScope();
        var folded = blocks.Select(b => b.KeyWeights.Product * b.KeyWeights.Norm).ToArray();
        var hidden = folded[0].shape[1];
        _weight = _held.Hold(
            cat([.. folded.Select(w => w.narrow(0, 0, hidden)), .. folded.Select(w => w.narrow(0, hidden, hidden))]).to_type(type));
        (_type, _heads) = (type, blocks.Count * heads);
    }

    /// <summary>Adds keys and values of new positions.</summary>
    /// <param name="encoded">Encoder output, [B, C, H]</param>
    /// <param name="keyTable">Rotary table of its positions.</param>
    /// <param name="cache">Receives them, the blocks' heads side by side.</param>
    public void Append(Tensor encoded, (Tensor Cos, Tensor Sin) keyTable, KeyValueCache cache)
    {
        using var scope = NewDisposeScope();
        var kv = nn.functional.linear(LayerNormLayer.Normalize(encoded).to_type(_type), _weight).unflatten(2, [2 * _heads, -1]); // [B, C, 2nh, d]
        cache.Append(
            RotaryEmbedding.Rotate(kv.narrow(2, 0, _heads), keyTable.Cos, keyTable.Sin).to_type(_type), kv.narrow(2, _heads, _heads));
    }

    public void Dispose() => _held.Dispose();
}

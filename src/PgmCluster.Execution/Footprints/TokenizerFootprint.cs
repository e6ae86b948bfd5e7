using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Tokenizer;

namespace PgmCluster.Execution.Footprints;

/// <summary>
/// Of VQ tokenizers: their layers are gone through as they are built, with the maps that each keeps for its backward pass.
/// </summary>
internal sealed class TokenizerFootprint
{
    private long _parameters, _kept, _largest;
    private double _operations;

    /// <param name="s">The model's shape.</param>
    /// <param name="imageSize">Side of the images in pixels.</param>
    /// <param name="batch">Images of a micro-batch.</param>
    public static ModelFootprint Of(VqSettings s, long imageSize, long batch)
    {
        var layers = new TokenizerFootprint();
        var widths = s.ChannelMultipliers.Select(m => (long)m * s.Channels).ToArray();
        long side = imageSize / s.PatchSize, pixels = 3L * s.PatchSize * s.PatchSize, last = widths.Length - 1;
        layers.Conv(pixels, widths[0], 3, side * side);
        for (var i = 0; i <= last; i++)
        {
            layers.Stage(i == 0 ? s.Channels : widths[i - 1], widths[i], s.ResidualBlocks, i == last, side);
            if (i == last) break;
            layers.Conv(widths[i], widths[i], 3, (side + 1) * (side + 1), side * side / 4);
            side /= 2;
        }
        layers.Middle(widths[last], side * side);
        layers.Out(widths[last], s.LatentChannels, side * side);
        layers.Conv(s.LatentChannels, s.CodeWidth, 1, side * side);
        layers._parameters += (long)s.Codebook * s.CodeWidth;
        layers._kept += 10L * s.CodeWidth * side * side;
        layers.Conv(s.CodeWidth, s.LatentChannels, 1, side * side);
        layers.Conv(s.LatentChannels, widths[last], 3, side * side);
        layers.Middle(widths[last], side * side);
        for (var i = last; i >= 0; i--)
        {
            layers.Stage(i == last ? widths[last] : widths[i + 1], widths[i], s.ResidualBlocks + 1, i == last, side);
            if (i == 0) break;
            side *= 2;
            layers.Conv(widths[i], widths[i], 3, side * side);
        }
        layers.Out(widths[0], pixels, side * side);
        var cells = batch * (imageSize / s.Downsampling) * (imageSize / s.Downsampling);
        // Distances and what is made of them; the entropy loss keeps them where they are no more than a block.
        var distances = Math.Min(cells * s.Codebook, RowBlocks.ElementsOnCpu);
        var entropy = s.EntropyWeight > 0 ? 8 * distances : 0;
        // The pictures as they were read, augmented, decoded, and their difference.
        var pictures = batch * 3 * imageSize * imageSize * 5;
        var passing = Math.Max(4 * distances + entropy, 4 * batch * layers._largest);
        return new ModelFootprint(layers._parameters, batch * layers._kept + pictures, passing)
        {
            Operations = batch * layers._operations + 2.0 * cells * s.Codebook * s.CodeWidth,
        };
    }

    /// <param name="input">Channels of what it keeps.</param>
    /// <param name="output">Channels that it gives.</param>
    /// <param name="kernel">Side of the kernel.</param>
    /// <param name="cells">Cells of its input.</param>
    /// <param name="given">Cells of its output, where these are not as many.</param>
    private void Conv(long input, long output, long kernel, long cells, long? given = null)
    {
        Weights(input, output, kernel, given ?? cells);
        _kept += input * cells;
    }

    private void Weights(long input, long output, long kernel, long cells)
    {
        _parameters += input * output * kernel * kernel + output;
        _operations += 2.0 * input * output * kernel * kernel * cells;
    }

    private void Stage(long input, long output, int count, bool attention, long side)
    {
        for (var i = 0; i < count; i++)
        {
            Residual(i == 0 ? input : output, output, side * side);
            if (attention) Attention(output, side * side);
        }
    }

    private void Middle(long channels, long cells)
    {
        Residual(channels, channels, cells);
        Attention(channels, cells);
        Residual(channels, channels, cells);
    }

    /// <summary>Norm, activation and convolution at the end of encoder and decoder.</summary>
    private void Out(long channels, long output, long cells)
    {
        _parameters += 2 * channels;
        _kept += 2 * channels * cells;
        Conv(channels, output, 3, cells);
    }

    /// <summary>Each convolution keeps what the norm, the activation and the convolution itself were given.</summary>
    private void Residual(long input, long output, long cells)
    {
        _parameters += 2 * input + 2 * output;
        Weights(input, output, 3, cells);
        Weights(output, output, 3, cells);
        if (input != output) Weights(input, output, 1, cells);
        _kept += 3 * (input + output) * cells;
        _largest = Math.Max(_largest, Math.Max(input, output) * cells);
    }

    /// <summary>Input, norm, queries, keys, values, what was attended to and its copy.</summary>
    private void Attention(long channels, long cells)
    {
        _parameters += 2 * channels;
        for (var i = 0; i < 4; i++) Weights(channels, channels, 1, cells);
        _operations += 4.0 * channels * cells * cells;
        _kept += 7 * channels * cells;
    }
}

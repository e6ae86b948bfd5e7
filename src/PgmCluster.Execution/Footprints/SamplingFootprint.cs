using PgmCluster.Execution.Devices;
using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Sampling;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Footprints;

/// <summary>What images in the making take on their device from step to step, beside the weights.</summary>
/// <param name="BytesPerImage">Keys and values of the known tokens, where a model keeps them.</param>
/// <param name="Batch">Images that were asked for at a time.</param>
/// <param name="AvailableBytes">Half of the device's memory, shared out to its lanes: weights and what comes and goes in a step take the rest.</param>
internal sealed record SamplingFootprint(long BytesPerImage, int Batch, long AvailableBytes)
{
    /// <summary>
    /// What a batch may keep, 4 GiB, wherever it is drawn: how many rows a product has decides its last bits, so that images that are to be the
    /// same everywhere are drawn in the same parts everywhere.
    /// </summary>
    public const long MostBytes = 1L << 32;

    /// <param name="model">The model.</param>
    /// <param name="settings">How is drawn.</param>
    /// <param name="batch">Images of a batch.</param>
    /// <param name="device">Where.</param>
    /// <param name="lanes">Batches at a time.</param>
    public static SamplingFootprint Of(ITokenModel model, TokenSamplerSettings settings, int batch, ComputeDevice device, int lanes) =>
        new(model.KeptBytes(guided: settings.Guidance != 0), batch, 2 * device.KeptBytes / lanes);

    /// <summary>Of what is drawn at a time where there is memory, in bytes.</summary>
    public long Bytes => BytesPerImage * Within(MostBytes);

    /// <summary>Images of a batch that are drawn at a time, at least one.</summary>
    public int AtATime => Math.Min(Within(MostBytes), Within(AvailableBytes));

    /// <summary>The device has less memory than what is drawn at a time elsewhere would keep.</summary>
    public bool IsShort => AtATime < Within(MostBytes);

    /// <summary>Draws a batch, in parts where its keys and values would be too much at once.</summary>
    /// <param name="sampler">Of the model that this is of.</param>
    /// <param name="labels">I64 [B], on the model's device.</param>
    /// <param name="draws">Random numbers of the whole batch.</param>
    /// <param name="revealed">Told after each step of some images: the step, the first of them, and their grid.</param>
    /// <returns>I64 [B, height, width]</returns>
    public Tensor Draw(TokenSampler sampler, Tensor labels, SamplerDraws draws, Action<int, long, Tensor>? revealed = null)
    {
        var count = labels.shape[0];
        return count <= AtATime
            ? sampler.Sample(labels, draws, revealed: From(0))
            : RowBlocks.Joined(
                count, AtATime,
                (first, images) => sampler.Sample(labels.narrow(0, first, images), new PartDraws(draws, count, first), revealed: From(first)));

        Action<int, Tensor>? From(long first) => revealed is null ? null : (step, grid) => revealed(step, first, grid);
    }

    private int Within(long bytes) => BytesPerImage * Batch <= bytes ? Batch : (int)Math.Max(1, bytes / BytesPerImage);
}

using PgmCluster.Execution.Devices;
using PgmCluster.Modeling.Sampling;

namespace PgmCluster.Execution.Footprints;

/// <summary>What images in the making take on their device from step to step, beside the weights.</summary>
/// <param name="BytesPerImage">Keys and values of the known tokens, where a model keeps them.</param>
/// <param name="Batch">Images that were asked for at a time.</param>
/// <param name="AvailableBytes">Half of the device's memory: weights and what comes and goes in a step take the rest.</param>
internal sealed record SamplingFootprint(long BytesPerImage, int Batch, long AvailableBytes)
{
    /// <param name="model">The model.</param>
    /// <param name="settings">How is drawn.</param>
    /// <param name="batch">Images of a batch.</param>
    /// <param name="device">Where.</param>
    /// <param name="lanes">Batches at a time.</param>
    public static SamplingFootprint Of(ITokenModel model, TokenSamplerSettings settings, int batch, ComputeDevice device, int lanes) =>
        new(model.KeptBytes(guided: settings.Guidance != 0), batch, device.MemoryBytes / 2 / lanes);

    /// <summary>Of a batch, in bytes.</summary>
    public long Bytes => BytesPerImage * Batch;

    /// <summary>Images of a batch that are drawn at a time, at least one.</summary>
    public int AtATime => Bytes <= AvailableBytes ? Batch : (int)Math.Max(1, AvailableBytes / BytesPerImage);
}

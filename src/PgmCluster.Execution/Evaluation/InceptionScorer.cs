using System.Numerics;
using System.Runtime.InteropServices;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Images;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Metrics.Inception;
using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Evaluation;

/// <summary>Features and logits of the FID Inception network.</summary>
internal sealed class InceptionScorer(WorkContext context, ArtifactInfo weights) : IImageScorer
{
    /// <summary>
    /// Images of one forward pass on a CPU: four take less than half the time of sixteen an image, since their maps stay in the cache.
    /// </summary>
    private const int CpuBatch = 4;

    /// <summary>More take no less time an image.</summary>
    private const int LargestBatch = 128;

    /// <summary>What a pass may take of a GPU's memory, beside models and samplers: one part in so many.</summary>
    private const int MemoryParts = 16;

    /// <summary>The largest maps of an image, float32, and as much for the convolutions' own.</summary>
    private const long BytesPerImage = 32L << 20;

    private readonly int _batch = BatchFor(context.Device);

    private readonly BorrowedModel<InceptionNetwork> _network = context.Inception(weights);

    /// <summary>
    /// Images of one forward pass, part of what the features are. A function of the kind of device alone, whatever is free on it and
    /// whatever the container allows: the same on every CPU, and alike on GPUs of one model.
    /// </summary>
    internal static int BatchFor(ComputeDevice device) => device.Gpu is { } gpu
        ? (int)Math.Clamp(
            (long)BitOperations.RoundUpToPowerOf2((ulong)(gpu.MemoryBytes / MemoryParts / BytesPerImage) + 1) / 2, CpuBatch, LargestBatch)
        : CpuBatch;

    public ScoredBatch Score(Tensor images, int[] wanted, Tensor? originals)
    {
        var count = wanted.Length;
        var features = new float[count * InceptionNetwork.Features];
        var logits = new float[count * InceptionNetwork.Classes];
        for (var first = 0; first < count; first += _batch)
        {
            using var scope = NewDisposeScope();
            var size = Math.Min(_batch, count - first);
            var outputs = _network.Value.Forward(
                Prepare(images.narrow(0, first, size)), InceptionFeature.Pool2048, InceptionFeature.LogitsUnbiased);
            HostRead.Values<float>(outputs[InceptionFeature.Pool2048]).CopyTo(features, first * InceptionNetwork.Features);
            HostRead.Values<float>(outputs[InceptionFeature.LogitsUnbiased]).CopyTo(logits, first * InceptionNetwork.Classes);
        }
        return new ScoredBatch(features, [], wanted, ScoredBatch.ErrorsOf(images, originals), logits);
    }

    public void Dispose() => _network.Dispose();

    /// <returns>U8 [n, 3, 299, 299]</returns>
    private Tensor Prepare(Tensor images)
    {
        using var scope = NewDisposeScope();
        var (count, height, width) = ((int)images.shape[0], (int)images.shape[2], (int)images.shape[3]);
        var preparation = new InceptionPreparation(height, width, InceptionNetwork.Side);
        var values = MemoryMarshal.Cast<byte, float>(HostRead.Copy(images).bytes);
        var prepared = empty([count, RgbImage.Channels, InceptionNetwork.Side, InceptionNetwork.Side], dtype: uint8, device: CPU);
        var pixels = prepared.bytes;
        var (perImage, perResult) = (values.Length / count, pixels.Length / count);
        for (var i = 0; i < count; i++) preparation.Prepare(values.Slice(i * perImage, perImage), pixels.Slice(i * perResult, perResult));
        return prepared.to(_network.Value.Device).MoveToOuterDisposeScope();
    }
}

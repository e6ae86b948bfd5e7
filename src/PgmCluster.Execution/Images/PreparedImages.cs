using PgmCluster.Data;
using PgmCluster.Data.Images;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Images;

/// <summary>Images of a range, prepared to one size; kept in memory as bytes where they are small enough.</summary>
public sealed class PreparedImages
{
    private readonly RegisteredImages _source;
    private readonly RgbImage?[]? _cache;

    /// <param name="range">Which images.</param>
    /// <param name="size">Side in pixels.</param>
    /// <param name="context">Of the work that they are for.</param>
    /// <exception cref="BadInputException">
    /// The source is missing, damaged, or not what was registered; the message names what changed.
    /// </exception>
    /// <exception cref="DataCorruptException">The dataset's index is missing or has changed.</exception>
    public PreparedImages(ImageRange range, int size, WorkContext context)
    {
        Size = size;
        _source = new RegisteredImages(range, context);
        var bytes = (long)range.Count * size * size * RgbImage.Channels;
        if (bytes <= MachineLimits.Current.CacheBytes) _cache = new RgbImage?[range.Count];
    }

    /// <summary>Side in pixels.</summary>
    public int Size { get; }

    public int Count => _source.Count;

    public int Label(int index) => _source.Label(index);

    /// <summary>A prepared image.</summary>
    public RgbImage this[int index] => _cache is null ? Prepare(index) : _cache[index] ??= Prepare(index);

    /// <summary>A batch on a device, F32 [n, 3, S, S] in [-1, 1].</summary>
    public Tensor Batch(ReadOnlySpan<int> indices, Device device)
    {
        var pixels = new float[indices.Length * RgbImage.Channels * Size * Size];
        var perImage = RgbImage.Channels * Size * Size;
        for (var i = 0; i < indices.Length; i++) ImagePreparation.Normalize(this[indices[i]], pixels.AsSpan(i * perImage, perImage));
        return tensor(pixels, [indices.Length, RgbImage.Channels, Size, Size], device: device);
    }

    private RgbImage Prepare(int index) => ImagePreparation.Prepare(_source.Read(index), Size);
}

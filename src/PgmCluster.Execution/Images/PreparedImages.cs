using PgmCluster.Data;
using PgmCluster.Data.Images;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Images;

/// <summary>Images of a range, prepared to one size by a <see cref="DecodeStage"/>.</summary>
public sealed class PreparedImages : IDisposable
{
    private readonly IPictureSource _source;
    private readonly DecodeStage _stage;
    private readonly RgbImage?[]? _kept;

    /// <param name="range">Which images.</param>
    /// <param name="size">Side in pixels.</param>
    /// <param name="context">Of the work that they are for.</param>
    /// <param name="skipBad">So many that cannot be decoded may be left out.</param>
    /// <param name="keep">They are read again and again: they are kept in memory as bytes where they are small enough.</param>
    /// <exception cref="BadInputException">
    /// The source is missing, damaged, or not what was registered; the message names what changed.
    /// </exception>
    /// <exception cref="DataCorruptException">The dataset's index is missing or has changed.</exception>
    public PreparedImages(ImageRange range, int size, WorkContext context, int skipBad = 0, bool keep = false)
        : this(new RegisteredImages(range, context), size, context, skipBad, keep) { }

    internal PreparedImages(IPictureSource source, int size, WorkContext context, int skipBad = 0, bool keep = false)
    {
        Size = size;
        _source = source;
        Bad = new BadImages(skipBad, _source.Place, bad => context.Warn(
            $"{bad.Key} in shard {bad.Shard} cannot be decoded and is left out: {bad.Reason}."));
        var bytesEach = (long)size * size * RgbImage.Channels;
        var limit = MachineLimits.Current.CacheBytes;
        if (keep && source.Count * bytesEach <= limit) _kept = new RgbImage?[source.Count];
        _stage = new DecodeStage(
            Prepare, Kept, PreparingThreads.For(context.Device.Name, context.Cores), (int)Math.Min(int.MaxValue, limit / 4 / bytesEach),
            $"pgm-{context.Device.Name}-decode");
    }

    /// <summary>Side in pixels.</summary>
    public int Size { get; }

    public int Count => _source.Count;

    /// <summary>Those that were met that cannot be decoded.</summary>
    internal BadImages Bad { get; }

    public int Label(int index) => _source.Label(index);

    /// <summary>Which pictures they are, whatever the dataset: <see cref="IPictureSource.Identify"/>.</summary>
    public string Identify() => _source.Identify();

    /// <summary>
    /// A picture that is trained on in the place of one that cannot be decoded: the next that can, from the beginning again after the last.
    /// A function of the data alone. Decodes it here and now.
    /// </summary>
    /// <exception cref="BadInputException">Too many cannot be decoded, or none can.</exception>
    internal (int Index, RgbImage Image) InsteadOf(int index, UndecodablePictureException problem)
    {
        Bad.Add(index, problem);
        for (var next = (index + 1) % Count; next != index; next = (next + 1) % Count)
        {
            try
            {
                return (next, Prepare(next));
            }
            catch (UndecodablePictureException e)
            {
                Bad.Add(next, e);
            }
        }
        throw new BadInputException($"None of {Count} pictures can be decoded: {problem.Message}", problem);
    }

    /// <summary>Images in this order, decoded by other threads from now on; to be taken or given up.</summary>
    internal DecodeRun Begin(ReadOnlySpan<int> indices) => _stage.Begin(indices);

    /// <summary>A batch on a device, F32 [n, 3, S, S] in [-1, 1].</summary>
    public Tensor Batch(ReadOnlySpan<int> indices, Device device)
    {
        var pixels = new float[indices.Length * RgbImage.Channels * Size * Size];
        var perImage = RgbImage.Channels * Size * Size;
        using var run = Begin(indices);
        for (var i = 0; i < indices.Length; i++)
        {
            var picture = run.Next();
            var image = picture.Undecodable is { } bad ? InsteadOf(picture.Index, bad).Image : picture.Require();
            ImagePreparation.Normalize(image, pixels.AsSpan(i * perImage, perImage));
        }
        return tensor(pixels, [indices.Length, RgbImage.Channels, Size, Size], device: device);
    }

    public void Dispose() => _stage.Dispose();

    private RgbImage? Kept(int index) => _kept is null ? null : Volatile.Read(ref _kept[index]);

    private RgbImage Prepare(int index)
    {
        if (Kept(index) is { } kept) return kept;
        var image = _source.Prepared(index, Size);
        if (_kept is not null) Volatile.Write(ref _kept[index], image);
        return image;
    }
}

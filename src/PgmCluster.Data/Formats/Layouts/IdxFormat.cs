using PgmCluster.Data.Blobs;

namespace PgmCluster.Data.Formats.Layouts;

/// <summary>
/// Pairs of images and labels in MNIST's IDX format, plain or gzipped, under the names of MNIST (<c>train-images-idx3-ubyte</c>) and of
/// EMNIST (<c>emnist-letters-train-images-idx3-ubyte</c>). A pair is a shard; <c>t10k</c> and <c>test</c> are the validation split.
/// <c>classes.txt</c> beside them, if there is one, names the classes by label.
/// </summary>
public sealed class IdxFormat : IDatasetFormat
{
    private const string ClassFile = "classes.txt", Packed = ".gz", Mnist = "t10k";
    private static readonly string[] ImageEnds = ["-images-idx3-ubyte", "-images.idx3-ubyte"];
    private static readonly string[] LabelEnds = ["-labels-idx1-ubyte", "-labels.idx1-ubyte"];

    /// <inheritdoc/>
    public string Name => "idx";

    /// <inheritdoc/>
    public async ValueTask<DatasetLayout?> RecognizeAsync(SourceListing listing, CancellationToken cancellation = default)
    {
        var parts = listing.Files.Select(
            f => (File: f, Pair: PairOf(f.Name, ImageEnds) ?? PairOf(f.Name, LabelEnds), IsImages: PairOf(f.Name, ImageEnds) is not null))
            .Where(p => p.Pair is not null).ToList();
        if (parts.Count == 0) return null;
        var shards = new List<ShardPlan>();
        foreach (var named in parts.GroupBy(p => p.Pair!))
        {
            // A file beside its own packing is one file.
            var pair = named.Where(p => !p.File.Name.EndsWith(Packed, StringComparison.OrdinalIgnoreCase)
                || !named.Any(o => o.File.Name == p.File.Name[..^Packed.Length])).ToList();
            if (pair.Count() != 2 || pair.Count(p => p.IsImages) != 1)
            {
                throw new BadInputException($"Opening the IDX dataset {listing.Blobs.Location}: "
                    + $"of '{named.Key}' it has {string.Join(" and ", pair.Select(p => p.File.Name))}. "
                    + "Give it one file of images and one of labels, plain or .gz.");
            }
            shards.Add(
                new ShardPlan(named.Key, SplitOf(named.Key), [pair.Single(p => p.IsImages).File, pair.Single(p => !p.IsImages).File]));
        }
        RequireOneSet(listing, shards);
        return new DatasetLayout(Name, shards)
        {
            ClassNames = listing.Has(ClassFile) ? await listing.ClassesAsync(ClassFile, cancellation) : null,
            LeftOut = SourceListing.CountByExtension(listing.Files.Where(f => f.Name != ClassFile && !parts.Any(p => p.File == f))),
        };
    }

    /// <inheritdoc/>
    public async Task<ShardIndex> IndexAsync(IBlobs blobs, ShardPlan shard, CancellationToken cancellation = default)
    {
        await using var images = await IdxStream.OpenAsync(blobs, shard.Files[0].Name, dimensions: 3, cancellation);
        await using var labels = await IdxStream.OpenAsync(blobs, shard.Files[1].Name, dimensions: 1, cancellation);
        if (images.Shape[0] != labels.Shape[0])
        {
            throw new BadInputException($"Opening the IDX dataset {blobs.Location}: "
                + $"{shard.Files[0].Name} holds {images.Shape[0]} images, {shard.Files[1].Name} "
                + $"{labels.Shape[0]} labels. The two do not belong together: fetch both anew.");
        }
        var index = new ShardIndexBuilder();
        var (pixels, label) = (new byte[images.ElementLength], new byte[1]);
        for (var i = 0; i < images.Shape[0]; i++)
        {
            var offset = images.Position;
            await images.ReadAsync(pixels, cancellation);
            await labels.ReadAsync(label, cancellation);
            index.Add($"{shard.Name}#{i}", $"{label[0]}", (0, offset, pixels.Length), ToBitmap(pixels, images.Shape[2]));
        }
        index.AddFile(await images.FinishAsync(cancellation));
        index.AddFile(await labels.FinishAsync(cancellation));
        return index.Build();
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<EncodedImage> ReadAsync(
        IBlobs blobs, ShardPlan shard, ShardIndex index, int first, int count, CancellationToken cancellation = default)
    {
        var width = index.Count > 0 ? index.Size(0).Width : 1;
        return PlacedReading.ReadAsync(blobs, shard, index, first, count, pixels => ToBitmap(pixels.Span, width), cancellation);
    }

    private static byte[] ToBitmap(ReadOnlySpan<byte> gray, int width) =>
        BarePixels.ToBitmap(width, gray.Length / width, gray, (x, y) => y * width + x, 0, 0);

    private static string? PairOf(string name, string[] ends)
    {
        if (name.EndsWith(Packed, StringComparison.OrdinalIgnoreCase)) name = name[..^Packed.Length];
        // Kaggle packs each file into a directory of its own name.
        if (name.Split('/') is [.., var directory, var file] && directory == file) name = name[..^(file.Length + 1)];
        return ends.FirstOrDefault(e => name.EndsWith(e, StringComparison.Ordinal)) is { } end ? name[..^end.Length] : null;
    }

    /// <summary>
    /// Pairs of several names beside their splits are several datasets, each with a numbering of its own: EMNIST's archive has six. Pairs
    /// that name no split are parts of one.
    /// </summary>
    /// <exception cref="BadInputException">There are several.</exception>
    private static void RequireOneSet(SourceListing listing, List<ShardPlan> shards)
    {
        var sets = shards.Where(s => s.Split is not null).GroupBy(s => SetOf(s.Name), StringComparer.Ordinal)
            .OrderBy(s => s.Key, StringComparer.Ordinal).ToList();
        if (sets.Count < 2) return;
        var names = sets.Select(s => s.Key.Length > 0 ? s.Key : string.Join(" and ", s.Select(p => p.Name)));
        throw new BadInputException($"Opening the IDX dataset {listing.Blobs.Location}: "
            + $"it holds {sets.Count} datasets ({string.Join(", ", names)}), whose labels mean different things. "
            + "Copy the files of one into a directory of their own, and give that.");
    }

    /// <summary>What is left of a pair's name without the words for splits.</summary>
    private static string SetOf(string pair) => string.Join('/', pair.Split('/').Select(
        part => string.Join('-', part.Split('-', '_', '.').Where(word => word != Mnist && SplitNames.Of(word) is null))).Where(
            part => part.Length > 0));

    private static string? SplitOf(string pair) => pair.EndsWith(Mnist, StringComparison.Ordinal) ? SplitNames.Validation
        : SplitNames.Within(pair) is SplitNames.Test ? SplitNames.Validation : SplitNames.Within(pair);
}

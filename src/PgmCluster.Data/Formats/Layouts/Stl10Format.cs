using PgmCluster.Data.Blobs;

namespace PgmCluster.Data.Formats.Layouts;

/// <summary>
/// STL-10 in its binary version: 96x96 pixels, a plane of red, of green, of blue, each column by column (<c>train_X.bin</c>); labels from 1
/// in a file beside (<c>train_y.bin</c>); <c>unlabeled_X.bin</c> has none. <c>test_X.bin</c> is the validation split.
/// </summary>
public sealed class Stl10Format : IDatasetFormat
{
    private const int Side = 96, Plane = Side * Side, Pixels = 3 * Plane;
    private const string PicturesEnd = "_X.bin", LabelsEnd = "_y.bin", Unlabelled = "unlabeled", ClassFile = "class_names.txt";

    /// <inheritdoc/>
    public string Name => "stl10";

    /// <inheritdoc/>
    public async ValueTask<DatasetLayout?> RecognizeAsync(SourceListing listing, CancellationToken cancellation = default)
    {
        var files = listing.Files.Where(f => f.FileName is "train_X.bin" or "test_X.bin" or "unlabeled_X.bin").ToList();
        if (files.Count == 0) return null;
        var shards = new List<ShardPlan>();
        foreach (var file in files)
        {
            if (file.Length == 0 || file.Length % Pixels != 0)
                throw new BadInputException(
                    $"Opening the STL-10 file {listing.Blobs.Location}/{file.Name}: "
                    + $"{file.Length} bytes are no multiple of the {Pixels} of a picture: it is cut. Fetch it anew.");
            var part = file.FileName[..^PicturesEnd.Length].ToString();
            if (part == Unlabelled)
            {
                shards.Add(new ShardPlan(file.Name, Unlabelled, [file]));
                continue;
            }
            var labels = listing.Files.FirstOrDefault(f => f.Name == file.Name[..^PicturesEnd.Length] + LabelsEnd);
            if (labels.Name is null || labels.Length != file.Length / Pixels)
            {
                throw new BadInputException($"Opening the STL-10 file {listing.Blobs.Location}/{file.Name}: "
                    + $"it holds {file.Length / Pixels} pictures, "
                    + $"{part}{LabelsEnd} {(labels.Name is null ? "is not there" : $"{labels.Length} labels")}. Fetch both anew.");
            }
            shards.Add(new ShardPlan(file.Name, part == "test" ? SplitNames.Validation : SplitNames.Train, [file, labels]));
        }
        var names = listing.Files.FirstOrDefault(f => f.FileName.SequenceEqual(ClassFile)).Name;
        var taken = shards.SelectMany(s => s.Files).Select(f => f.Name).Append(names).ToHashSet(StringComparer.Ordinal);
        return new DatasetLayout(Name, shards)
        {
            ClassNames = names is null ? null : await listing.ClassesAsync(names, cancellation),
            LeftOut = SourceListing.CountByExtension(listing.Files.Where(f => !taken.Contains(f.Name))),
        };
    }

    /// <inheritdoc/>
    public async Task<ShardIndex> IndexAsync(IBlobs blobs, ShardPlan shard, CancellationToken cancellation = default)
    {
        var file = shard.Files[0];
        var labels = shard.Files.Count > 1 ? await SmallFile.ReadAsync(blobs, shard.Files[1].Name, cancellation) : null;
        // In the file labels count from 1, in lists of classes from 0.
        string? LabelOf(int i) => labels is null ? null : labels[i] > 0 ? $"{labels[i] - 1}"
            : throw new BadInputException(
                $"Reading {blobs.Location}/{shard.Files[1].Name}: label {i} is 0; they count from 1. Fetch the file anew.");
        return await new RecordFile(file, Pixels).IndexAsync(
            blobs, (record, i) => new RecordPicture($"{file.Name}#{i}", LabelOf(i), 0, Pixels), ToBitmap, labels is null ? [] : [labels],
            cancellation);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<EncodedImage> ReadAsync(
        IBlobs blobs, ShardPlan shard, ShardIndex index, int first, int count, CancellationToken cancellation = default) =>
        PlacedReading.ReadAsync(blobs, shard, index, first, count, ToBitmap, cancellation);

    private static ReadOnlyMemory<byte> ToBitmap(ReadOnlyMemory<byte> planes) =>
        BarePixels.ToBitmap(Side, Side, planes.Span, (x, y) => x * Side + y, Plane, 2 * Plane);
}

using PgmCluster.Data.Blobs;

namespace PgmCluster.Data.Formats.Layouts;

/// <summary>
/// CIFAR-10 and CIFAR-100 in their binary version: 32x32 pixels, a plane of red, of green, of blue, behind one label (CIFAR-10) or a coarse
/// and a fine one (CIFAR-100; the fine one is taken). A file is a shard; the test batch is the validation split.
/// </summary>
public sealed class CifarFormat : IDatasetFormat
{
    private const int Side = 32, Plane = Side * Side, Pixels = 3 * Plane;

    /// <inheritdoc/>
    public string Name => "cifar";

    /// <inheritdoc/>
    public async ValueTask<DatasetLayout?> RecognizeAsync(SourceListing listing, CancellationToken cancellation = default)
    {
        var ten = listing.Files.Where(f => IsTen(f.FileName)).ToList();
        var files = ten.Count > 0 ? ten : [.. listing.Files.Where(f => IsHundred(f.FileName) && f.Length % (Pixels + 2) == 0)];
        if (files.Count == 0 || !files.Any(f => SplitOf(f) == SplitNames.Train)) return null;
        foreach (var file in files)
        {
            var record = Pixels + LabelsOf(file);
            if (file.Length == 0 || file.Length % record != 0)
                throw new BadInputException(
                    $"Opening the CIFAR file {listing.Blobs.Location}/{file.Name}: "
                    + $"{file.Length} bytes are no multiple of the {record} of a picture: it is cut. Fetch it anew.");
        }
        var list = ten.Count > 0 ? "batches.meta.txt" : "fine_label_names.txt";
        var names = listing.Files.FirstOrDefault(f => f.FileName.SequenceEqual(list)).Name;
        return new DatasetLayout(Name, [.. files.Select(f => new ShardPlan(f.Name, SplitOf(f), [f]))])
        {
            ClassNames = names is null ? null : await listing.ClassesAsync(names, cancellation),
            LeftOut = SourceListing.CountByExtension(listing.Files.Where(f => f.Name != names && !files.Contains(f))),
        };
    }

    /// <inheritdoc/>
    public Task<ShardIndex> IndexAsync(IBlobs blobs, ShardPlan shard, CancellationToken cancellation = default)
    {
        var labels = LabelsOf(shard.Files[0]);
        var records = new RecordFile(shard.Files[0], labels + Pixels);
        return records.IndexAsync(
            blobs, (record, i) => new RecordPicture($"{shard.Files[0].Name}#{i}", $"{record[labels - 1]}", labels, Pixels), ToBitmap, [],
            cancellation);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<EncodedImage> ReadAsync(
        IBlobs blobs, ShardPlan shard, ShardIndex index, int first, int count, CancellationToken cancellation = default) =>
        PlacedReading.ReadAsync(blobs, shard, index, first, count, ToBitmap, cancellation);

    private static ReadOnlyMemory<byte> ToBitmap(ReadOnlyMemory<byte> planes) =>
        BarePixels.ToBitmap(Side, Side, planes.Span, (x, y) => y * Side + x, Plane, 2 * Plane);

    private static bool IsTen(ReadOnlySpan<char> name) =>
        name.EndsWith(".bin") && (name.StartsWith("data_batch_") || name.SequenceEqual("test_batch.bin"));

    private static bool IsHundred(ReadOnlySpan<char> name) => name.SequenceEqual("train.bin") || name.SequenceEqual("test.bin");

    private static int LabelsOf(Blob file) => IsTen(file.FileName) ? 1 : 2;

    private static string SplitOf(Blob file) => file.FileName.StartsWith("test") ? SplitNames.Validation : SplitNames.Train;
}

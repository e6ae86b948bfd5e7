using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using PgmCluster.Data.Blobs;
using PgmCluster.Data.Formats.Tar;

namespace PgmCluster.Data.Formats.Layouts;

/// <summary>
/// CIFAR-10 and CIFAR-100 in their Python version: pickles (<see cref="CifarBatch"/>) <c>data_batch_1</c> to <c>5</c>, <c>test_batch</c> and
/// <c>batches.meta</c>, or <c>train</c>, <c>test</c> and <c>meta</c> (the fine labels are taken), in a directory or in the archive as it is
/// published (<c>cifar-10-python.tar.gz</c>). A pickle is a shard; the test batch is the validation split.
/// </summary>
public sealed class CifarPythonFormat : IDatasetFormat
{
    private const int Side = 32, Plane = Side * Side, LargestFile = 256 << 20;

    /// <inheritdoc/>
    public string Name => "cifar-python";

    /// <inheritdoc/>
    public string AdviceOnSize => "Unpack the archive";

    /// <inheritdoc/>
    public async ValueTask<DatasetLayout?> RecognizeAsync(SourceListing listing, CancellationToken cancellation = default)
    {
        var files = listing.Files.Where(f => IsPart(f.Name)).ToDictionary(f => f.Name, StringComparer.Ordinal);
        if (Batches([.. files.Keys]) is { Count: > 0 } names)
        {
            RequireOne(listing, [.. names.Select(DirectoryOf).Distinct()]);
            var meta = MetaOf(names[0]);
            return new DatasetLayout(Name, [.. names.Select(n => new ShardPlan(n, SplitOf(n), [files[n]]))])
            {
                ClassNames = files.TryGetValue(meta, out var list)
                    ? CifarBatch.ClassNames(await WholeAsync(listing.Blobs, list, cancellation), $"{listing.Blobs.Location}/{meta}")
                    : null,
                LeftOut = SourceListing.CountByExtension(listing.Files.Where(f => f.Name != meta && !names.Contains(f.Name))),
            };
        }
        var archives = listing.Files.Where(f => IsArchive(f.FileName)).ToList();
        if (archives.Count == 0) return null;
        RequireOne(listing, [.. archives.Select(a => a.Name)]);
        return await OfArchiveAsync(listing, archives[0], cancellation);
    }

    /// <inheritdoc/>
    public async Task<ShardIndex> IndexAsync(IBlobs blobs, ShardPlan shard, CancellationToken cancellation = default)
    {
        var (content, offset) = await ContentAsync(blobs, shard, cancellation);
        var batch = CifarBatch.Read(content, $"{blobs.Location}/{shard.Name}");
        var index = new ShardIndexBuilder();
        var planes = new byte[CifarBatch.Pixels];
        for (var i = 0; i < batch.Labels.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var at = batch.Offset + (batch.IsByColumn ? i : (long)i * CifarBatch.Pixels);
            Gather(content.AsSpan((int)at), batch.IsByColumn ? batch.Labels.Count : 1, planes);
            index.Add(
                $"{shard.Name}#{i}", $"{batch.Labels[i]}", (0, offset + at, CifarBatch.Pixels), ToBitmap(planes).Span);
        }
        // Of the batch, not of the archive, so that no two shards of it are taken for one.
        index.AddFile(SHA256.HashData(content));
        return index.Build();
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<EncodedImage> ReadAsync(
        IBlobs blobs, ShardPlan shard, ShardIndex index, int first, int count, CancellationToken cancellation = default) =>
        IsByColumn(index)
            ? ReadColumnsAsync(blobs, shard, index, first, count, cancellation)
            : PlacedReading.ReadAsync(blobs, shard, index, first, count, ToBitmap, cancellation);

    /// <inheritdoc/>
    public bool ReadsWhole(ShardPlan shard, ShardIndex index) => IsByColumn(index) || PlacedReading.IsPacked(shard.Files[0].Name);

    private static async IAsyncEnumerable<EncodedImage> ReadColumnsAsync(
        IBlobs blobs, ShardPlan shard, ShardIndex index, int first, int count, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + (long)count, index.Count, nameof(count));
        var (content, offset) = await ContentAsync(blobs, shard, cancellation);
        var planes = new byte[CifarBatch.Pixels];
        for (var i = first; i < first + count; i++)
        {
            var at = index.Place(i).Offset - offset;
            var fits = at >= 0 && at + (CifarBatch.Pixels - 1L) * index.Count < content.Length;
            if (fits) Gather(content.AsSpan((int)at), index.Count, planes);
            var bitmap = ToBitmap(planes);
            if (!fits || !SHA256.HashData(bitmap.Span).AsSpan().SequenceEqual(index.Stored(i)))
                throw new BadInputException(
                    $"Reading {index.Keys[i]} in {blobs.Location}: the file has changed since it was registered. "
                    + "Put it back as it was, or register the dataset again.");
            yield return new EncodedImage(index.Keys[i], index.Labels[i], bitmap);
        }
    }

    private async ValueTask<DatasetLayout?> OfArchiveAsync(SourceListing listing, Blob archive, CancellationToken cancellation)
    {
        var members = await TarContent.NamesAsync(listing.Blobs, archive.Name, IsPart, cancellation);
        if (members.GroupBy(m => m).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw Bad(listing, archive.Name, $"it holds {twice.Key} {twice.Count()} times. Fetch it anew");
        var names = Batches(members);
        if (names.Count == 0) throw Bad(listing, archive.Name, "it holds no pickles of CIFAR. Fetch it anew");
        var meta = MetaOf(names[0]);
        return new DatasetLayout(Name, [.. names.Select(n => new ShardPlan($"{archive.Name}#{n}", SplitOf(n), [archive]))])
        {
            ClassNames = members.Contains(meta)
                ? CifarBatch.ClassNames(
                    (await TarContent.ReadAsync(listing.Blobs, archive.Name, meta, cancellation)).Content,
                    $"{listing.Blobs.Location}/{archive.Name}#{meta}")
                : null,
            LeftOut = SourceListing.CountByExtension(listing.Files.Where(f => f.Name != archive.Name)),
        };
    }

    private static async Task<(byte[] Content, long Offset)> ContentAsync(IBlobs blobs, ShardPlan shard, CancellationToken cancellation)
    {
        var file = shard.Files[0];
        return shard.Name.Length > file.Name.Length
            ? await TarContent.ReadAsync(blobs, file.Name, shard.Name[(file.Name.Length + 1)..], cancellation)
            : (await WholeAsync(blobs, file, cancellation), 0);
    }

    private static async Task<byte[]> WholeAsync(IBlobs blobs, Blob file, CancellationToken cancellation)
    {
        var path = $"{blobs.Location}/{file.Name}";
        if (file.Length > LargestFile)
            throw new BadInputException(
                $"Reading the CIFAR file {path}: it has {file.Length} bytes, and such a file at most {LargestFile}. Fetch it anew.");
        await using var stream = await blobs.OpenAsync(file.Name, 0, cancellation);
        var content = new byte[file.Length];
        var got = await stream.ReadAtLeastAsync(content, content.Length, throwOnEndOfStream: false, cancellation);
        return got == content.Length ? content : throw new BadInputException(
            $"Reading the CIFAR file {path}: it has {got} bytes, {file.Length} when it was listed. The data must not change while they are "
            + "in use.");
    }

    /// <summary>Takes a picture's bytes that lie some places apart.</summary>
    private static void Gather(ReadOnlySpan<byte> from, int step, byte[] planes)
    {
        for (var i = 0; i < planes.Length; i++) planes[i] = from[i * step];
    }

    private static bool IsByColumn(ShardIndex index) => index.Count > 1 && index.Place(1).Offset - index.Place(0).Offset == 1;

    private static ReadOnlyMemory<byte> ToBitmap(ReadOnlyMemory<byte> planes) =>
        BarePixels.ToBitmap(Side, Side, planes.Span, (x, y) => y * Side + x, Plane, 2 * Plane);

    /// <summary>The pickles of pictures among some names; none where there is none to train on.</summary>
    private static List<string> Batches(IReadOnlyList<string> names)
    {
        var all = names.ToHashSet(StringComparer.Ordinal);
        // Files called "train" and "test" are CIFAR-100's only beside its list of classes.
        var found = names.Where(n => IsTen(FileOf(n)) || (FileOf(n) is "train" or "test" && all.Contains(MetaOf(n))))
            .Order(StringComparer.Ordinal).ToList();
        return found.Any(n => SplitOf(n) == SplitNames.Train) ? found : [];
    }

    private static void RequireOne(SourceListing listing, List<string> places)
    {
        if (places.Count > 1)
            throw new BadInputException(
                $"Opening the dataset {listing.Blobs.Location}: it holds several CIFAR datasets ({string.Join(", ", places.Order())}). "
                + "Give the path of one.");
    }

    private static bool IsPart(string name) =>
        FileOf(name) is var file && (IsTen(file) || file is "train" or "test" or "meta" or "batches.meta");

    private static bool IsTen(string name) =>
        name == "test_batch" || (name.StartsWith("data_batch_", StringComparison.Ordinal) && name.AsSpan(11) is [>= '0' and <= '9']);

    private static bool IsArchive(ReadOnlySpan<char> name) =>
        name is "cifar-10-python.tar.gz" or "cifar-10-python.tar" or "cifar-10-python.tgz"
            or "cifar-100-python.tar.gz" or "cifar-100-python.tar" or "cifar-100-python.tgz";

    private static string MetaOf(string batch) => DirectoryOf(batch) + (IsTen(FileOf(batch)) ? "batches.meta" : "meta");

    private static string DirectoryOf(string name) => name[..(name.LastIndexOf('/') + 1)];

    private static string FileOf(string name) => name[(name.LastIndexOf('/') + 1)..];

    private static string SplitOf(string name) =>
        FileOf(name).StartsWith("test", StringComparison.Ordinal) ? SplitNames.Validation : SplitNames.Train;

    private static BadInputException Bad(SourceListing listing, string archive, string found) =>
        new($"Opening the CIFAR archive {listing.Blobs.Location}/{archive}: {found}.");
}

using System.Security.Cryptography;
using System.Text;
using PgmCluster.Data.Blobs;
using PgmCluster.Data.Formats;
using PgmCluster.Data.Formats.Layouts;
using PgmCluster.Data.Images;
using PgmCluster.Data.Names;
using PgmCluster.Data.Sources;

namespace PgmCluster.Data.Manifests;

/// <summary>
/// Reads datasets that were registered before there were manifests: their record has a place, a hash of all content and perhaps a
/// <see cref="DatasetIndex"/>. Their sources were MNIST's pairs in one directory (all of <c>train</c>, then of <c>t10k</c>; labels are
/// classes), or a folder per class (classes in ordinal order, pictures in that of their names).
/// </summary>
public static class RegisteredBefore
{
    private const int NamesShown = 5;

    private static readonly string[] Pairs = ["train", "t10k"];

    // Work items of one dataset follow each other, and opening it may read it whole.
    private static volatile Tuple<string, Source>? _last;

    /// <summary>Opens the source, compared with what was registered.</summary>
    /// <param name="location">A directory.</param>
    /// <param name="index">Of the registration; null where it made none.</param>
    /// <param name="contentSha256">Of the registration.</param>
    /// <param name="whole">Compare all content now; else a folder that has an index is compared picture by picture as it is read.</param>
    /// <param name="wanted">The pictures that may be asked for, by number in the source; null for all.</param>
    /// <param name="memory">As in <see cref="RegisteredPictures"/>.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <param name="imports">Where links may lead; null for anywhere.</param>
    /// <exception cref="BadInputException">The source holds other pictures than then; the message names what changed.</exception>
    public static RegisteredPictures Open(
        string location, DatasetIndex? index, string contentSha256, bool whole, IEnumerable<int>? wanted, long memory,
        CancellationToken cancellation = default, ImportRoots? imports = null)
    {
        var blobs = new DirectoryBlobs(location, imports);
        var files = blobs.List(cancellation).ToList();
        var key = string.Join('\n', files.Select(f => $"{f.Name}\0{f.Length}\0{f.Changed}"))
            + $"\n{location}\0{contentSha256}\0{(whole ? "" : index?.Names.Count)}";
        var source = _last is { } last && last.Item1 == key ? last.Item2 : null;
        if (source is null)
        {
            source = IdxPairs(files) is { Count: > 0 } pairs
                ? Idx(blobs, pairs, contentSha256, cancellation)
                : Folder(blobs, files, index, contentSha256, whole, cancellation);
            _last = Tuple.Create(key, source);
        }
        int[] counts = [.. source.Shards.Select(s => s.Index.Count)];
        return new RegisteredPictures(
            blobs, source.Format, counts, i => source.Shards[i], source.Labels, wanted ?? Enumerable.Range(0, counts.Sum()), memory);
    }

    private static List<(string Pair, Blob Images, Blob Labels)> IdxPairs(List<Blob> files)
    {
        Blob Find(string pair, string what, int dimensions) =>
            new[] { $"{pair}-{what}-idx{dimensions}-ubyte", $"{pair}-{what}.idx{dimensions}-ubyte" }
                .SelectMany(n => new[] { n, n + ".gz" }).Select(n => files.Find(f => f.Name == n)).FirstOrDefault(f => f.Name is not null);
        return [.. Pairs.Select(p => (p, Find(p, "images", 3), Find(p, "labels", 1)))
            .Where(p => p.Item2.Name is not null && p.Item3.Name is not null)];
    }

    private static Source Idx(
        DirectoryBlobs blobs, List<(string Pair, Blob Images, Blob Labels)> pairs, string contentSha256, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in pairs.SelectMany(p => new[] { p.Images, p.Labels })) Append(hash, blobs, file, cancellation);
        if (Convert.ToHexStringLower(hash.GetHashAndReset()) != contentSha256)
            throw Changed(
                blobs, $"{string.Join(", ", pairs.SelectMany(p => new[] { p.Images.Name, p.Labels.Name }))} are not what they were when");
        var format = new IdxFormat();
        IndexedShard[] shards = [.. pairs.Select(p => new ShardPlan(p.Pair, null, [p.Images, p.Labels]))
            .Select(p => new IndexedShard(p, format.IndexAsync(blobs, p, cancellation).GetAwaiter().GetResult()))];
        return new Source(format, shards, Enumerable.Range(0, 256).ToDictionary(i => $"{i}"));
    }

    private static void Append(IncrementalHash hash, DirectoryBlobs blobs, Blob file, CancellationToken cancellation)
    {
        using var stream = PlacedReading.OpenAsync(blobs, file.Name, 0, cancellation).GetAwaiter().GetResult();
        var buffer = new byte[1 << 16];
        try
        {
            for (int got; (got = stream.Read(buffer)) > 0;) hash.AppendData(buffer, 0, got);
        }
        catch (InvalidDataException e)
        {
            throw new BadInputException(
                $"Reading the IDX file {blobs.Location}/{file.Name}: its gzip data are corrupt or truncated. Download or copy it anew.", e);
        }
    }

    private static Source Folder(
        DirectoryBlobs blobs, List<Blob> files, DatasetIndex? index, string contentSha256, bool whole, CancellationToken cancellation)
    {
        var pictures = files.Where(f => PictureNames.Is(f.Name) && f.Name.Contains('/'))
            .OrderBy(f => ClassOf(f.Name), StringComparer.Ordinal).ThenBy(f => f.Name, StringComparer.Ordinal).ToList();
        string[] classes = [.. pictures.Select(p => ClassOf(p.Name)).Distinct()];
        var labels = classes.Index().ToDictionary(c => c.Item, c => c.Index, StringComparer.Ordinal);
        if (index is not null) RequireNames(blobs, pictures, index);
        var plan = new ShardPlan(blobs.Location, null, pictures) { Labels = [.. pictures.Select(p => ClassOf(p.Name))] };
        if (index is not null && !whole)
            return new Source(new FolderFormat(), [new IndexedShard(plan, OfNames(pictures, labels, index))], labels);

        var read = PictureFiles.IndexAsync(blobs, plan, cancellation).GetAwaiter().GetResult();
        if (read.Unreadable.Count > 0) throw new BadInputException(read.Unreadable[0].Reason);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var i = 0; i < pictures.Count; i++)
            hash.AppendData(Encoding.UTF8.GetBytes(
                $"{pictures[i].Name}\0{pictures[i].Length}\0{Convert.ToHexStringLower(read.Stored(i))}\n"));
        return Convert.ToHexStringLower(hash.GetHashAndReset()) == contentSha256
            ? new Source(new FolderFormat(), [new IndexedShard(plan, read)], labels)
            : throw Changed(blobs, "it holds other pictures than when");
    }

    private static void RequireNames(DirectoryBlobs blobs, List<Blob> pictures, DatasetIndex index)
    {
        var now = pictures.Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        var then = index.Names.ToHashSet(StringComparer.Ordinal);
        var (added, gone) = (now.Where(n => !then.Contains(n)).ToList(), index.Names.Where(n => !now.Contains(n)).ToList());
        if (added.Count + gone.Count == 0) return;
        var found = new List<string>();
        if (added.Count > 0) found.Add($"{FewOf.List(added, NamesShown)} came");
        if (gone.Count > 0) found.Add($"{FewOf.List(gone, NamesShown)} went");
        throw Changed(blobs, $"{string.Join(", and ", found)} since");
    }

    /// <summary>An index of what was registered, without reading the pictures.</summary>
    private static ShardIndex OfNames(List<Blob> pictures, Dictionary<string, int> labels, DatasetIndex index)
    {
        var numbers = index.Names.Index().ToDictionary(n => n.Item, n => n.Index, StringComparer.Ordinal);
        byte[] stored = [.. pictures.SelectMany(p => index.Stored(numbers[p.Name]).ToArray())];
        return new ShardIndex(
            [.. pictures.Select(p => p.Name)], [.. pictures.Select(p => labels[ClassOf(p.Name)])],
            [.. labels.OrderBy(l => l.Value).Select(l => l.Key)],
            [.. pictures.SelectMany((p, i) => new[] { i, 0, p.Length })], new int[2 * pictures.Count], stored, stored, [], [], []);
    }

    private static string ClassOf(string name) => name[..name.IndexOf('/')];

    private static BadInputException Changed(DirectoryBlobs blobs, string what) => new(
        $"Reading the pictures of {blobs.Location}: {what} the dataset was registered. "
        + "Put the files back as they were, or register these under another name.");

    private sealed record Source(IDatasetFormat Format, IndexedShard[] Shards, IReadOnlyDictionary<string, int> Labels);
}

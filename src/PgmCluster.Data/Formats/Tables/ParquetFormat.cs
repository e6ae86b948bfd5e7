using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using PgmCluster.Data.Blobs;
using PgmCluster.Data.Images;
using PgmCluster.Data.Tables;

namespace PgmCluster.Data.Formats.Tables;

/// <summary>
/// Parquet files of pictures as Hugging Face's Hub has them: a struct of <c>bytes</c> and <c>path</c>, or bytes; where a row has only a
/// path, the file of that path in the dataset. Labels are a column of numbers or names; classes are those of the library's metadata. A
/// shard is one row group, or several until they have <see cref="ShardLength"/> rows. Files are read by a process of their own (<see
/// cref="TableReader"/>).
/// </summary>
public sealed class ParquetFormat : IDatasetFormat
{
    private const int ShardLength = 1_000, LargestPicture = 256 << 20, LongestLabel = 1 << 10, LongestPath = 4 << 10;

    /// <inheritdoc/>
    public string Name => "parquet";

    /// <inheritdoc/>
    public string AdviceOnSize => "Write the files with smaller row groups, or as a WebDataset,";

    /// <inheritdoc/>
    /// <remarks>A row group is unpacked as a whole.</remarks>
    public bool ReadsWhole(ShardPlan shard, ShardIndex index) => true;

    /// <inheritdoc/>
    public async ValueTask<DatasetLayout?> RecognizeAsync(SourceListing listing, CancellationToken cancellation = default)
    {
        var tables = listing.Files.ToLookup(f => f.Name.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase));
        if (!tables[true].Any()) return null;
        var shards = new List<ShardPlan>();
        IReadOnlyList<string>? classes = null;
        var hasPictures = tables[false].Any(f => PictureNames.Is(f.Name));
        var process = await TableProcesses.TakeAsync(cancellation);
        try
        {
            foreach (var file in tables[true])
            {
                var layout = await process.OpenAsync(TableKinds.Parquet, listing.Blobs, file, cancellation);
                if (classes is not null && layout.ClassNames is { } others && !classes.SequenceEqual(others))
                    throw new BadInputException(
                        $"Opening the dataset {listing.Blobs.Location}: its tables name different classes ({file.Name} and those before). "
                        + "Give the directory of one dataset.");
                classes ??= layout.ClassNames;
                // What its rows point to may change while it stays as it is: then no index of it is taken over.
                var isAll = !layout.HasPaths || (layout.HasBytes && !hasPictures);
                var known = isAll ? file : file with { Changed = 0 };
                shards.AddRange(Runs(layout.Groups).Select(
                    run => new ShardPlan($"{file.Name}#{run.First}-{run.Last}", SplitNames.Within(file.Name), [known])));
            }
        }
        finally
        {
            await TableProcesses.GiveBackAsync(process);
        }
        return shards.Count == 0 ? null : new DatasetLayout(Name, shards)
        {
            ClassNames = classes,
            LeftOut = SourceListing.CountByExtension(tables[false]),
        };
    }

    /// <inheritdoc/>
    public async Task<ShardIndex> IndexAsync(IBlobs blobs, ShardPlan shard, CancellationToken cancellation = default)
    {
        var index = new ShardIndexBuilder();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (first, last) = GroupsOf(shard);
        var process = await TableProcesses.TakeAsync(cancellation);
        try
        {
            var layout = await process.OpenAsync(TableKinds.Parquet, blobs, shard.Files[0], cancellation);
            if (last >= layout.Groups.Count) throw Changed(blobs, shard);
            for (var group = first; group <= last; group++)
            {
                var row = 0;
                await foreach (var content in process.ReadAsync(new ReadRows(group, 0, layout.Groups[group]), cancellation))
                {
                    hash.AppendData(content);
                    await AddAsync(index, blobs, shard, process.RowOf(content), group, row++, cancellation);
                }
            }
        }
        finally
        {
            await TableProcesses.GiveBackAsync(process);
        }
        // Of the rows: the file holds those of other shards as well.
        index.AddFile(hash.GetHashAndReset());
        return index.Build();
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<EncodedImage> ReadAsync(
        IBlobs blobs, ShardPlan shard, ShardIndex index, int first, int count,
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + (long)count, index.Count, nameof(count));
        if (count == 0) yield break;
        var process = await TableProcesses.TakeAsync(cancellation);
        try
        {
            var layout = await process.OpenAsync(TableKinds.Parquet, blobs, shard.Files[0], cancellation);
            for (var image = first; image < first + count;)
            {
                var (group, row) = PlaceOf(index, image);
                var end = image + 1;
                while (end < first + count && PlaceOf(index, end).Group == group) end++;
                var rows = PlaceOf(index, end - 1).Row - row + 1;
                if (group >= layout.Groups.Count || row + rows > layout.Groups[group]) throw Changed(blobs, shard);
                await foreach (var content in process.ReadAsync(new ReadRows(group, row, rows), cancellation))
                {
                    // Rows without a picture are not in the index.
                    if (image < end && PlaceOf(index, image).Row == row)
                    {
                        yield return new EncodedImage(
                            index.Keys[image], index.Labels[image],
                            await PictureAsync(blobs, shard, index, image, process.RowOf(content), cancellation));
                        image++;
                    }
                    row++;
                }
            }
        }
        finally
        {
            await TableProcesses.GiveBackAsync(process);
        }
    }

    private static async Task AddAsync(
        ShardIndexBuilder index, IBlobs blobs, ShardPlan shard, TableRow row, int group, int number, CancellationToken cancellation)
    {
        var key = $"{shard.Files[0].Name}#{group}.{number}";
        if (row.Label?.Length > LongestLabel)
            throw new BadInputException(
                $"Reading {blobs.Location}/{key}: its label has {row.Label.Length} characters, and one may have {LongestLabel}. "
                + "Write numbers or names of classes into the column 'label'.");
        try
        {
            var bytes = row.Bytes ?? await BesideAsync(blobs, row.Path, key, cancellation);
            index.Add(key, row.Label, (0, ((long)group << 32) + number, bytes.Length), bytes);
        }
        catch (BadInputException e)
        {
            index.AddUnreadable(key, e.Message);
        }
    }

    private static async Task<ReadOnlyMemory<byte>> PictureAsync(
        IBlobs blobs, ShardPlan shard, ShardIndex index, int image, TableRow row, CancellationToken cancellation)
    {
        var bytes = row.Bytes ?? await BesideAsync(blobs, row.Path, index.Keys[image], cancellation);
        return SHA256.HashData(bytes).AsSpan().SequenceEqual(index.Stored(image)) ? bytes : throw Changed(blobs, shard);
    }

    /// <summary>A picture that is a file of the dataset: never one outside of it.</summary>
    private static async Task<byte[]> BesideAsync(IBlobs blobs, string? path, string key, CancellationToken cancellation)
    {
        if (path is null) throw new BadInputException($"Reading {key}: it has neither bytes nor a path.");
        if (path.Length > LongestPath)
            throw new BadInputException($"Reading {key}: it has no bytes, and a path of {path.Length} characters is none.");
        if (path.Length == 0 || path.StartsWith('/') || path.Contains('\0') || path.Split('/').Contains(".."))
            throw new BadInputException($"Reading {key}: it has no bytes, and the path '{path}' is none within the dataset.");
        return await SmallFile.ReadAsync(
            blobs, path, LargestPicture,
            () => new($"Reading {key}: '{path}' has more than the {LargestPicture} bytes that a picture may have."), cancellation);
    }

    private static IEnumerable<(int First, int Last)> Runs(IReadOnlyList<int> groups)
    {
        for (var first = 0; first < groups.Count;)
        {
            var (last, rows) = (first, groups[first]);
            while (last + 1 < groups.Count && rows + groups[last + 1] <= ShardLength) rows += groups[++last];
            if (rows > 0) yield return (first, last);
            first = last + 1;
        }
    }

    private static (int First, int Last) GroupsOf(ShardPlan shard)
    {
        var run = shard.Name[(shard.Files[0].Name.Length + 1)..].Split('-');
        return (int.Parse(run[0], CultureInfo.InvariantCulture), int.Parse(run[1], CultureInfo.InvariantCulture));
    }

    private static (int Group, int Row) PlaceOf(ShardIndex index, int image)
    {
        var (_, offset, _) = index.Place(image);
        return ((int)(offset >> 32), (int)offset);
    }

    private static BadInputException Changed(IBlobs blobs, ShardPlan shard) => new(
        $"Reading {blobs.Location}/{shard.Name}: the file has changed since it was registered. "
        + "Put it back as it was, or register the dataset again.");
}

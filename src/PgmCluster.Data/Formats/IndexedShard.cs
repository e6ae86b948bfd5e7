using PgmCluster.Data.Blobs;
using PgmCluster.Data.Safetensors;

namespace PgmCluster.Data.Formats;

/// <summary>
/// A shard with its index: all that reading it takes, so that nobody lists its source again. As a file: that of the
/// <see cref="ShardIndex"/>, and beside its tensors <c>fileNames</c> U8 (UTF-8, a zero byte behind each) and <c>fileSizes</c> I64 [f].
/// </summary>
/// <param name="Plan">What it lies in; <see cref="ShardPlan.Labels"/> are in the index.</param>
/// <param name="Index">What lies in it.</param>
public sealed record IndexedShard(ShardPlan Plan, ShardIndex Index)
{
    private const string NameKey = "shard", SplitKey = "split";

    /// <summary>Writes the file; equal shards give equal bytes.</summary>
    public void WriteTo(Stream stream)
    {
        var writer = new SafetensorsWriter();
        Index.AddTo(writer);
        writer.Metadata[NameKey] = Plan.Name;
        if (Plan.Split is { } split) writer.Metadata[SplitKey] = split;
        ShardIndex.AddText(writer, "fileNames", Plan.Files.Select(f => f.Name));
        writer.Add<long>("fileSizes", [Plan.Files.Count], Plan.Files.Select(f => f.Length).ToArray());
        writer.WriteTo(stream);
    }

    /// <summary>Reads a file that <see cref="WriteTo"/> made.</summary>
    /// <exception cref="DataCorruptException">It is something else.</exception>
    public static IndexedShard Read(string path)
    {
        using var file = SafetensorsFile.Open(path);
        var index = ShardIndex.Of(file, path);
        var (names, sizes) = (ShardIndex.Text(file, "fileNames"), file.ReadArray<long>("fileSizes"));
        if (names.Length != sizes.Length)
            throw new DataCorruptException(
                $"Reading the index of a shard, {path}: {names.Length} names, {sizes.Length} sizes of files. Register the dataset again.");
        var plan = new ShardPlan(
            file.Metadata.GetValueOrDefault(NameKey) ?? "", file.Metadata.GetValueOrDefault(SplitKey),
            [.. names.Zip(sizes, (name, size) => new Blob(name, size))]);
        return new IndexedShard(plan, index);
    }
}

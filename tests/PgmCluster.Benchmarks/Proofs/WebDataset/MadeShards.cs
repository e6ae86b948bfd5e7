using System.Formats.Tar;
using System.Globalization;
using System.Text;
using PgmCluster.Benchmarks.Proofs.Pictures;

namespace PgmCluster.Benchmarks.Proofs.WebDataset;

/// <summary>Made pictures in tar archives, as the library webdataset writes them.</summary>
internal static class MadeShards
{
    private static readonly DateTimeOffset Time = DateTimeOffset.UnixEpoch;

    /// <summary>Writes all archives, several at once.</summary>
    public static (string Path, byte[] Content)[] Write(MadePictures pictures, int shards)
    {
        var files = new (string Path, byte[] Content)[shards];
        var each = (pictures.Count + shards - 1) / shards;
        Parallel.For(0, shards, shard => files[shard] = (
            string.Create(CultureInfo.InvariantCulture, $"made-train-{shard:0000}.tar"),
            Archive(pictures, shard * each, Math.Min(each, pictures.Count - shard * each))));
        return files;
    }

    private static byte[] Archive(MadePictures pictures, int first, int count)
    {
        using var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, TarEntryFormat.Ustar, leaveOpen: true))
        {
            for (var picture = first; picture < first + count; picture++)
            {
                var key = picture.ToString("00000000", CultureInfo.InvariantCulture);
                var label = (picture % MadePictures.Classes).ToString(CultureInfo.InvariantCulture);
                Add(tar, $"{key}.jpg", pictures.Write(picture));
                Add(tar, $"{key}.cls", Encoding.ASCII.GetBytes(label));
            }
        }
        return bytes.ToArray();
    }

    private static void Add(TarWriter tar, string name, byte[] content)
    {
        using var data = new MemoryStream(content);
        tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = data, ModificationTime = Time });
    }
}

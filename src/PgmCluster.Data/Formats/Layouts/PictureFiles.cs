using System.Security.Cryptography;
using PgmCluster.Data.Blobs;

namespace PgmCluster.Data.Formats.Layouts;

/// <summary>Shards whose files are a picture each.</summary>
internal static class PictureFiles
{
    /// <summary>
    /// Pictures of a shard; the last of a split has fewer. Part of what a dataset is: shards of equal content keep their tokens.
    /// </summary>
    public const int ShardLength = 1_000;

    private const int LargestPicture = 256 << 20;

    /// <summary>Cuts files into shards.</summary>
    /// <param name="files">In order, with split and label.</param>
    public static IEnumerable<ShardPlan> Shards(IEnumerable<(Blob File, string? Split, string? Label)> files)
    {
        // A shard's files are copied once, where they stay: there may be millions.
        var splits = new List<SplitRuns>();
        foreach (var (file, split, label) in files)
        {
            var runs = splits.Find(s => s.Split == split);
            if (runs is null) splits.Add(runs = new SplitRuns(split));
            runs.Add(file, label);
        }
        return splits.SelectMany(s => s.End());
    }

    /// <summary>Reads each file once.</summary>
    /// <exception cref="BadInputException">A file has gone or changed since it was listed.</exception>
    public static async Task<ShardIndex> IndexAsync(IBlobs blobs, ShardPlan shard, CancellationToken cancellation)
    {
        var index = new ShardIndexBuilder();
        var buffer = Array.Empty<byte>();
        for (var file = 0; file < shard.Files.Count; file++)
        {
            cancellation.ThrowIfCancellationRequested();
            var (name, length) = (shard.Files[file].Name, shard.Files[file].Length);
            var key = shard.Keys?[file] ?? name;
            if (length > LargestPicture)
            {
                index.AddUnreadable(key, $"{length} bytes are more than the {LargestPicture} that a picture may have.");
                index.AddFile(new byte[SHA256.HashSizeInBytes]);
                continue;
            }
            if (buffer.Length < length) buffer = new byte[Math.Max((int)length, 2 * buffer.Length)];
            await using var stream = await blobs.OpenAsync(name, 0, cancellation);
            var got = await stream.ReadAtLeastAsync(buffer.AsMemory(0, (int)length), (int)length, throwOnEndOfStream: false, cancellation);
            if (got < length)
            {
                throw new BadInputException(
                    $"Reading {blobs.Location}/{name}: it has {got} bytes, {length} when it was listed. "
                    + "The data must not change while they are registered.");
            }
            index.AddFile(SHA256.HashData(buffer.AsSpan(0, got)));
            index.Add(key, shard.Labels?[file], (file, 0, got), buffer.AsSpan(0, got), shard.Captions?[file] ?? "");
        }
        return index.Build();
    }

    private sealed class SplitRuns(string? split)
    {
        private readonly List<ShardPlan> _whole = [];
        private readonly List<Blob> _files = [];
        private readonly List<string?> _labels = [];

        public string? Split => split;

        public void Add(Blob file, string? label)
        {
            _files.Add(file);
            _labels.Add(label);
            if (_files.Count == ShardLength) End();
        }

        public List<ShardPlan> End()
        {
            if (_files.Count > 0) _whole.Add(new ShardPlan(_files[0].Name, split, _files.ToArray()) { Labels = _labels.ToArray() });
            _files.Clear();
            _labels.Clear();
            return _whole;
        }
    }
}

using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using PgmCluster.Data.Blobs;

namespace PgmCluster.Data.Formats;

/// <summary>
/// Reads pictures at the places of an index, forward: a gap is read over or, where it is long and the file is not packed, jumped over.
/// </summary>
internal static class PlacedReading
{
    private const long LongGap = 1 << 20;

    /// <param name="blobs">Where the shard's files lie.</param>
    /// <param name="shard">The shard.</param>
    /// <param name="index">Of the shard.</param>
    /// <param name="first">Counted in the index.</param>
    /// <param name="count">How many.</param>
    /// <param name="wrap">Makes of the bytes at a picture's place a file that the decoder reads; null where they are one.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="BadInputException">A file has gone or changed since it was indexed.</exception>
    public static async IAsyncEnumerable<EncodedImage> ReadAsync(
        IBlobs blobs, ShardPlan shard, ShardIndex index, int first, int count,
        Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>? wrap = null,
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + (long)count, index.Count, nameof(count));
        var buffer = Array.Empty<byte>();
        var (open, at) = (-1, 0L);
        Stream? stream = null;
        try
        {
            for (var i = first; i < first + count; i++)
            {
                var (file, offset, length) = index.Place(i);
                var blob = shard.Files[file];
                var packed = IsPacked(blob.Name);
                if (file != open || offset < at || (offset - at > LongGap && !packed))
                {
                    if (stream is not null) await stream.DisposeAsync();
                    (stream, open, at) = (await OpenAsync(blobs, blob.Name, packed ? 0 : offset, cancellation), file, packed ? 0 : offset);
                }
                if (buffer.Length < length) buffer = new byte[Math.Max(length, 2 * buffer.Length)];
                try
                {
                    await ForwardReads.SkipAsync(stream!, offset - at, cancellation);
                    await stream!.ReadExactlyAsync(buffer.AsMemory(0, length), cancellation);
                }
                catch (Exception e) when (e is EndOfStreamException or InvalidDataException)
                {
                    throw Changed(blobs, blob.Name, index.Keys[i], e);
                }
                at = offset + length;
                var bytes = wrap is null ? buffer.AsMemory(0, length) : wrap(buffer.AsMemory(0, length));
                if (!SHA256.HashData(bytes.Span).AsSpan().SequenceEqual(index.Stored(i)))
                    throw Changed(blobs, blob.Name, index.Keys[i], null);
                yield return new EncodedImage(index.Keys[i], index.Labels[i], bytes);
            }
        }
        finally
        {
            if (stream is not null) await stream.DisposeAsync();
        }
    }

    /// <summary>Whether a file is gzipped, by its name.</summary>
    public static bool IsPacked(string name) =>
        name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".tgz", StringComparison.OrdinalIgnoreCase);

    /// <summary>Opens a file, unpacked where its name says that it is gzipped (then from its beginning).</summary>
    internal static async Task<Stream> OpenAsync(IBlobs blobs, string name, long offset, CancellationToken cancellation)
    {
        var stream = await blobs.OpenAsync(name, offset, cancellation);
        return IsPacked(name) ? new GZipStream(stream, CompressionMode.Decompress) : stream;
    }

    private static BadInputException Changed(IBlobs blobs, string file, string key, Exception? inner)
    {
        var message = $"Reading {key} in {blobs.Location}/{file}: the file has changed since it was registered. "
            + "Put it back as it was, or register the dataset again.";
        return inner is null ? new(message) : new(message, inner);
    }
}

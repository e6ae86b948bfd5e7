using System.IO.Compression;

namespace PgmCluster.Data.Formats;

/// <summary>
/// What is packed in a gzip file, read forward and counted. .NET's own stream takes a file whose checksum and length are cut off for a
/// whole one, so the length is compared here; a file of several members, whose last length is not that of all, is refused with the same
/// words. So is one that unpacks to far more than pictures do.
/// </summary>
internal sealed class GzipContent(ReadHash raw) : OneWayStream
{
    /// <summary>Archives of pictures hardly shrink; what was made to never end shrinks a thousandfold.</summary>
    private const long LargestRatio = 200, Harmless = 64 << 20;

    private const string Own = "its gzip data";

    private readonly GZipStream _unpacked = new(raw, CompressionMode.Decompress, leaveOpen: true);
    private long _count;

    public override bool CanRead => true;

    public override long Position
    {
        get => _count;
        set => throw new NotSupportedException();
    }

    /// <summary>What is wrong with gzip data, for a message.</summary>
    /// <param name="e">Thrown here, or by .NET, whose words say less than these.</param>
    public static string Found(InvalidDataException e) =>
        e.Message.StartsWith(Own, StringComparison.Ordinal) ? e.Message.TrimEnd('.') : $"{Own} are corrupt or cut";

    /// <summary>Reads to the end, where checksum and length are.</summary>
    /// <exception cref="InvalidDataException">They do not fit, or are not there.</exception>
    public async Task FinishAsync(CancellationToken cancellation)
    {
        await this.CopyToAsync(Null, cancellation);
        await raw.CopyToAsync(Null, cancellation);
        if (raw.LastNumber != unchecked((uint)_count))
            throw new InvalidDataException($"{Own} end without their length, or have several parts");
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var got = await _unpacked.ReadAsync(buffer, cancellationToken);
        return Take(got);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count)
    {
        var got = _unpacked.Read(buffer, offset, count);
        return Take(got);
    }

    private int Take(int got)
    {
        _count += got;
        if (_count > Harmless && _count / LargestRatio > raw.Count)
            throw new InvalidDataException($"{Own} unpack to over {LargestRatio} times their size");
        return got;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _unpacked.Dispose();
        base.Dispose(disposing);
    }
}

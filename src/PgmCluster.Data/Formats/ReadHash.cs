using System.Buffers.Binary;
using System.Security.Cryptography;

namespace PgmCluster.Data.Formats;

/// <summary>Hashes what is read through it, and keeps its last bytes; forward only.</summary>
internal sealed class ReadHash(Stream inner) : OneWayStream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    private readonly byte[] _last = new byte[4];

    /// <summary>
    /// The number in the last four bytes so far, little-endian; in a gzip file the length of what is packed, modulo 2^32.
    /// </summary>
    public uint LastNumber => BinaryPrimitives.ReadUInt32LittleEndian(_last);

    /// <summary>Bytes so far.</summary>
    public long Count { get; private set; }

    public override bool CanRead => true;

    /// <summary>Reads to the end, and gives SHA-256 of everything.</summary>
    public async Task<byte[]> FinishAsync(CancellationToken cancellation)
    {
        var buffer = new byte[1 << 16];
        while (await ReadAsync(buffer, cancellation) > 0) { }
        return _hash.GetHashAndReset();
    }

    public override int Read(Span<byte> buffer)
    {
        var got = inner.Read(buffer);
        Take(buffer[..got]);
        return got;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var got = await inner.ReadAsync(buffer, cancellationToken);
        Take(buffer.Span[..got]);
        return got;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    private void Take(ReadOnlySpan<byte> bytes)
    {
        _hash.AppendData(bytes);
        Count += bytes.Length;
        var kept = bytes.Length < _last.Length ? _last.Length - bytes.Length : 0;
        if (kept > 0) _last.AsSpan(bytes.Length).CopyTo(_last);
        bytes[Math.Max(0, bytes.Length - _last.Length)..].CopyTo(_last.AsSpan(kept));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash.Dispose();
            inner.Dispose();
        }
        base.Dispose(disposing);
    }
}

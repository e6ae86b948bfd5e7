using System.IO.Hashing;

namespace PgmCluster.Data.Zip;

/// <summary>Passes on what a record writes, and computes its checksum.</summary>
internal sealed class CrcStream(Stream inner) : OneWayStream
{
    private readonly Crc32 _crc = new();

    /// <summary>Of all bytes so far.</summary>
    public uint Crc => _crc.GetCurrentHashAsUInt32();

    public override bool CanWrite => true;

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        inner.Write(buffer);
        _crc.Append(buffer);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() => inner.Flush();
}

using Microsoft.Win32.SafeHandles;

namespace PgmCluster.Data.Zip;

/// <summary>Reads a range of an open file from front to back, without a position that others share.</summary>
internal sealed class FileRangeStream(SafeFileHandle handle, long start, long length) : OneWayStream
{
    private long _at;

    public override bool CanRead => true;

    public override long Length => length;

    public override long Position { get => _at; set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        var read = RandomAccess.Read(handle, buffer[..(int)Math.Min(buffer.Length, length - _at)], start + _at);
        _at += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
}

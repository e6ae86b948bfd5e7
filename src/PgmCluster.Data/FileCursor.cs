using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace PgmCluster.Data;

/// <summary>Reads a range of a file from front to back through a small buffer; never a byte beyond the range.</summary>
internal sealed class FileCursor(FileCursor.Source fill, long start, long end)
{
    /// <summary>Fills the destination with the bytes from a position on.</summary>
    public delegate void Source(long position, Span<byte> destination);

    public FileCursor(SafeFileHandle handle, long start, long end) : this((at, to) => ExactReads.Fill(handle, at, to), start, end) { }

    /// <summary>Of a file that is in memory.</summary>
    public FileCursor(ReadOnlyMemory<byte> content)
        : this((at, to) => content.Span.Slice((int)at, to.Length).CopyTo(to), 0, content.Length) { }

    private readonly byte[] _buffer = new byte[1 << 16];
    private long _bufferStart = start;
    private int _at, _filled;

    /// <summary>Where the next byte lies in the file.</summary>
    public long Position => _bufferStart + _at;

    /// <summary>Bytes to the end of the range.</summary>
    public long Remaining => end - Position;

    public byte ReadByte()
    {
        if (_at == _filled) Refill();
        return _buffer[_at++];
    }

    public void Read(Span<byte> destination)
    {
        if (destination.Length > Remaining) throw TooShort(destination.Length);
        while (destination.Length > 0)
        {
            if (_at == _filled) Refill();
            var part = Math.Min(destination.Length, _filled - _at);
            _buffer.AsSpan(_at, part).CopyTo(destination);
            _at += part;
            destination = destination[part..];
        }
    }

    public ushort ReadUInt16()
    {
        Span<byte> bytes = stackalloc byte[2];
        Read(bytes);
        return BinaryPrimitives.ReadUInt16LittleEndian(bytes);
    }

    public uint ReadUInt32()
    {
        Span<byte> bytes = stackalloc byte[4];
        Read(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    public ulong ReadUInt64()
    {
        Span<byte> bytes = stackalloc byte[8];
        Read(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    public void Skip(long count)
    {
        if (count < 0 || count > Remaining) throw TooShort(count);
        if (count <= _filled - _at)
        {
            _at += (int)count;
            return;
        }
        _bufferStart = Position + count;
        (_at, _filled) = (0, 0);
    }

    private void Refill()
    {
        _bufferStart += _filled;
        (_at, _filled) = (0, 0);
        var size = (int)Math.Min(_buffer.Length, end - _bufferStart);
        if (size == 0) throw TooShort(1);
        fill(_bufferStart, _buffer.AsSpan(0, size));
        _filled = size;
    }

    private FormatException TooShort(long wanted) =>
        new($"{wanted} bytes are asked for at byte {Position}, where only {Remaining} are left; the file may be truncated");
}

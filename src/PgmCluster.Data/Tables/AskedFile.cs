using System.Buffers.Binary;

namespace PgmCluster.Data.Tables;

/// <summary>A file as the process that reads it sees it: it asks for the bytes that it wants, and has no path.</summary>
/// <param name="length">Bytes.</param>
/// <param name="ask">Gives up to so many bytes from an offset on.</param>
internal sealed class AskedFile(long length, Func<long, int, byte[]> ask) : Stream
{
    private const int Block = 1 << 20;
    private byte[] _block = [];
    private long _blockAt;
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => _position = value >= 0 ? value : throw new IOException("A place before the file's beginning is asked for.");
    }

    /// <summary>The content of a request.</summary>
    public static byte[] Request(long offset, int count)
    {
        var content = new byte[12];
        BinaryPrimitives.WriteInt64LittleEndian(content, offset);
        BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(8), count);
        return content;
    }

    public override int Read(Span<byte> buffer)
    {
        if (_position >= length || buffer.Length == 0) return 0;
        if (_position < _blockAt || _position >= _blockAt + _block.Length)
        {
            (_block, _blockAt) = (ask(_position, (int)Math.Min(Block, length - _position)), _position);
            if (_block.Length == 0) return 0;
        }
        var from = _block.AsSpan((int)(_position - _blockAt));
        var count = Math.Min(from.Length, buffer.Length);
        from[..count].CopyTo(buffer);
        _position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => length + offset,
    };

    public override void Flush() { }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

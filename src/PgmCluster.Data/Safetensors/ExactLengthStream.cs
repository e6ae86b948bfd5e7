namespace PgmCluster.Data.Safetensors;

/// <summary>Passes on what a tensor writes, and holds it to the length that the header announced.</summary>
internal sealed class ExactLengthStream(Stream inner, long length, string tensor) : OneWayStream
{
    private long _written;

    public override bool CanWrite => true;

    public override long Position
    {
        get => _written;
        set => throw new NotSupportedException();
    }

    public void CheckComplete()
    {
        if (_written != length) throw new InvalidOperationException($"Tensor '{tensor}' announced {length} bytes and wrote {_written}.");
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _written += buffer.Length;
        if (_written > length) throw new InvalidOperationException($"Tensor '{tensor}' announced {length} bytes and writes more.");
        inner.Write(buffer);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() => inner.Flush();
}

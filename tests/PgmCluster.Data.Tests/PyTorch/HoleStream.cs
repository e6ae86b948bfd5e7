namespace PgmCluster.Data.Tests.PyTorch;

/// <summary>Writes a file in which long runs of zeros are holes.</summary>
internal sealed class HoleStream(FileStream inner) : OneWayStream
{
    // Passed through the writer's streams as they are, recognised by reference.
    private static readonly byte[] Zeros = new byte[64 << 20];

    public override bool CanWrite => true;

    public static void Skip(Stream to, long count)
    {
        for (; count > 0; count -= Zeros.Length) to.Write(Zeros.AsSpan(0, (int)Math.Min(count, Zeros.Length)));
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (buffer.Overlaps(Zeros)) inner.Seek(buffer.Length, SeekOrigin.Current);
        else inner.Write(buffer);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() => inner.Flush();

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }
}

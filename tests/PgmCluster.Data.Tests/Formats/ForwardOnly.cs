namespace PgmCluster.Data.Tests.Formats;

/// <summary>A stream as from a network: it cannot seek, and gives a few bytes at a time.</summary>
internal sealed class ForwardOnly(Stream inner) : OneWayStream
{
    private const int Most = 100;

    public override bool CanRead => true;

    public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, Math.Min(count, Most));
}

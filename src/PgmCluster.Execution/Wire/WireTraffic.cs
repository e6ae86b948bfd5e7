namespace PgmCluster.Execution.Wire;

/// <summary>What a data plane's members have sent to others, counted. Any thread.</summary>
internal sealed class WireTraffic
{
    /// <summary>Of an array that has a place for every kind.</summary>
    internal static readonly int Kinds = Enum.GetValues<FrameKind>().Max(k => (int)k) + 1;

    private readonly long[] _frames = new long[Kinds];
    private readonly long[] _bytes = new long[Kinds];

    private long _connections;

    /// <summary>Connections that were made to others; those taken from others not among them.</summary>
    public long Connections => Interlocked.Read(ref _connections);

    public void CountConnection() => Interlocked.Increment(ref _connections);

    public void Count(FrameKind kind, long payload)
    {
        Interlocked.Increment(ref _frames[(int)kind]);
        Interlocked.Add(ref _bytes[(int)kind], payload);
    }

    /// <summary>Frames of a kind.</summary>
    public long FramesOf(FrameKind kind) => Interlocked.Read(ref _frames[(int)kind]);

    /// <summary>Bytes of their payloads.</summary>
    public long BytesOf(FrameKind kind) => Interlocked.Read(ref _bytes[(int)kind]);
}

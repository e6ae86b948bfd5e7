namespace PgmCluster.Silo.TestHost;

/// <summary>One field of every kind that real grain state uses.</summary>
public sealed record ProbeState
{
    public string? Text { get; init; }
    public int Count { get; init; }
    public ProbePhase Phase { get; init; }
    public TimeSpan Elapsed { get; init; }
    public DateTimeOffset? At { get; init; }
    public IReadOnlyList<ProbeItem> Items { get; init; } = [];
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();
}

public sealed record ProbeItem(string Name, long Bytes);

public enum ProbePhase
{
    None = 0,
    Running = 1,
    Done = 2,
}

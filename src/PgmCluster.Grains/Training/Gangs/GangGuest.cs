using PgmCluster.Grains.Protocol;

namespace PgmCluster.Grains.Training.Gangs;

/// <summary>A member that waits for the next generation.</summary>
public sealed class GangGuest(GangArrival arrival, DateTimeOffset since)
{
    public GangArrival Arrival { get; set; } = arrival;

    public string Worker => Arrival.Worker;

    /// <summary>When it came with what it says now.</summary>
    public DateTimeOffset Since { get; set; } = since;

    /// <summary>Calls of it that are not answered yet.</summary>
    public int Calls { get; set; }

    /// <summary>When its last call was answered.</summary>
    public DateTimeOffset LastAnswered { get; set; } = since;
}

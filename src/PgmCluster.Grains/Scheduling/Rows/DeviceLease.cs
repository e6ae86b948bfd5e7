using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Grains.Scheduling.Rows;

/// <summary>A worker given to a piece of work. Work that needs several workers has several leases.</summary>
public sealed record DeviceLease
{
    public required string Worker { get; init; }

    /// <summary>Tells it from an earlier one of the same work on the same worker: a member that left can come back. 0 in old state.</summary>
    public long Number { get; init; }

    /// <summary>The life of the worker's process that has the work.</summary>
    public string Incarnation { get; init; } = "";

    public string WorkId { get; init; } = "";

    public long Generation { get; init; }

    public DateTimeOffset Since { get; init; }

    /// <summary>The work was withdrawn, replaced, or has to make room: the device is not free yet.</summary>
    public bool Stopping { get; init; }

    /// <summary>Whose use of devices it counts as.</summary>
    public string User { get; init; } = "";

    /// <summary>The priority that the work had reached by waiting when it was placed; the same in all its leases.</summary>
    public long GrantedPriority { get; init; }

    /// <summary>When the work was placed; the same in all its leases.</summary>
    public DateTimeOffset GrantedAt { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    public UnknownMembers? Unknown { get; init; }
}

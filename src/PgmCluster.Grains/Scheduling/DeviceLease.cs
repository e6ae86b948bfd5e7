using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Grains.Scheduling;

/// <summary>A worker given to a piece of work. Work that needs several workers has several leases.</summary>
[GenerateSerializer]
public sealed class DeviceLease
{
    [Id(0)] public string Worker { get; set; } = "";

    /// <summary>The life of the worker's process that has the work.</summary>
    [Id(1)] public string Incarnation { get; set; } = "";

    [Id(2)] public string WorkId { get; set; } = "";

    [Id(3)] public long Generation { get; set; }

    [Id(4)] public DateTimeOffset Since { get; set; }

    /// <summary>The work was withdrawn, replaced, or has to make room: the device is not free yet.</summary>
    [Id(5)] public bool Stopping { get; set; }

    /// <summary>Whose use of devices it counts as.</summary>
    [Id(6)] public string User { get; set; } = "";

    /// <summary>
    /// Tells it from an earlier one of the same work on the same worker: a member that left can come back. 0 in old state.
    /// </summary>
    [Id(7)] public long Number { get; set; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; set; }

    public DeviceLease Copy() => (DeviceLease)MemberwiseClone();
}

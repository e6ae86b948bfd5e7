using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Grains.Scheduling.Former;

/// <summary>A lease in <see cref="DeviceSchedulerState"/>.</summary>
[GenerateSerializer, Alias("pgm.FormerLease")]
public sealed class FormerLease
{
    [Id(0)] public string Worker { get; set; } = "";

    [Id(1)] public string Incarnation { get; set; } = "";

    [Id(2)] public string WorkId { get; set; } = "";

    [Id(3)] public long Generation { get; set; }

    [Id(4)] public DateTimeOffset Since { get; set; }

    [Id(5)] public bool Stopping { get; set; }

    [Id(6)] public string User { get; set; } = "";

    [Id(7)] public long Number { get; set; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; set; }
}

using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Grains.Scheduling.Former;

/// <summary>A device held back, in <see cref="DeviceSchedulerState"/>.</summary>
[GenerateSerializer, Alias("pgm.FormerReservation")]
public sealed class FormerReservation
{
    [Id(0)] public string Worker { get; set; } = "";

    [Id(1)] public string WorkId { get; set; } = "";

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; set; }
}

using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Grains.Scheduling;

/// <summary>A device held back, free or about to be, for work that waits.</summary>
[GenerateSerializer]
public sealed record DeviceReservation
{
    [Id(0)] public string Worker { get; set; } = "";

    [Id(1)] public string WorkId { get; set; } = "";

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; set; }
}

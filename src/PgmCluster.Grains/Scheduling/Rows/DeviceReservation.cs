using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Grains.Scheduling.Rows;

/// <summary>A device held back, free or about to be, for work that waits.</summary>
public sealed record DeviceReservation
{
    public required string Worker { get; init; }

    public string WorkId { get; init; } = "";

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    public UnknownMembers? Unknown { get; init; }
}

using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Grains.Scheduling.Rows;

/// <summary>A lease that was lost, for as long as the owner of its work does not know.</summary>
public sealed record LeaseLoss
{
    public required string Worker { get; init; }

    /// <inheritdoc cref="DeviceLease.Number"/>
    public long Number { get; init; }

    /// <inheritdoc cref="DeviceLease.Incarnation"/>
    public string Incarnation { get; init; } = "";

    public string WorkId { get; init; } = "";

    public long Generation { get; init; }

    /// <summary>The owner's grain id as text.</summary>
    public string Owner { get; init; } = "";

    /// <summary>Devices that the work had left: above 0 a gang goes on, at 0 it is over under this generation.</summary>
    public int Remaining { get; init; }

    /// <summary>Nothing died over the work.</summary>
    public bool Orderly { get; init; }

    public DateTimeOffset LostAt { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    public UnknownMembers? Unknown { get; init; }
}

using System.Text.Json.Serialization;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.State;

namespace PgmCluster.Grains.Jobs.Units;

/// <summary>State of one unit of work: written when it is started or lost, and when it ends.</summary>
[GenerateSerializer, Alias("pgm.WorkUnitState")]
public sealed class WorkUnitState
{
    [Id(0)] public int FormatVersion { get; set; } = 1;

    /// <summary>Null before the first start.</summary>
    [Id(1)] public UnitAssignment? Assignment { get; set; }

    /// <summary>Fence, losses, faults and result.</summary>
    [Id(2)] public WorkRecord Record { get; set; } = new();

    /// <summary>As of the last write; that a device is at it, or that the job was cancelled, is known in memory only.</summary>
    [Id(3)] public JobPhase Phase { get; set; }

    [Id(4)] public string? Message { get; set; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; set; }
}

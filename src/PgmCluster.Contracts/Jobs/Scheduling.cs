using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Jobs;

/// <summary>How a job's work is queued.</summary>
[GenerateSerializer, Immutable, Alias("pgm.Scheduling")]
public sealed record Scheduling
{
    /// <summary>Higher goes first, and may take devices from lower.</summary>
    [Id(0)] public int Priority { get; init; }

    /// <summary>For whom it is done; devices are shared fairly between users.</summary>
    [Id(1)] public string User { get; init; } = "";

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}

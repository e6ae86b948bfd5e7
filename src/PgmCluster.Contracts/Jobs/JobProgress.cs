using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Jobs;

/// <summary>How far a job is.</summary>
[GenerateSerializer, Immutable, Alias("pgm.JobProgress")]
public sealed record JobProgress
{
    /// <summary>Units done, never more than <see cref="Total"/>.</summary>
    [Id(0)] public long Done { get; init; }

    /// <summary>Units in all; 0 while unknown.</summary>
    [Id(1)] public long Total { get; init; }

    /// <summary>What is counted: "step", "shard", "image", "byte".</summary>
    [Id(2)] public string Unit { get; init; } = "";

    /// <summary>Units a second lately; null while unknown.</summary>
    [Id(3)] public double? UnitsPerSecond { get; init; }

    /// <summary>Running training loss (exponential mean); null where there is none.</summary>
    [Id(4)] public double? Loss { get; init; }

    /// <summary>Loss of the held-out examples when they were last computed; null where they never were.</summary>
    [Id(5)] public double? ValidationLoss { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}

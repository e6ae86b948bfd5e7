using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Grains.Tokenization;

/// <summary>Units in a row whose tokens an earlier tokenization has made.</summary>
[GenerateSerializer, Immutable, Alias("pgm.ReusedUnits")]
public sealed record ReusedUnits
{
    /// <summary>The earlier tokenization.</summary>
    [Id(0)] public required string Job { get; init; }

    /// <summary>Its run of units.</summary>
    [Id(1)] public required string Run { get; init; }

    /// <summary>The first of them in that run.</summary>
    [Id(2)] public required int Number { get; init; }

    /// <summary>The first of them here, among all units of the job.</summary>
    [Id(3)] public required int Index { get; init; }

    [Id(4)] public required int Count { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}

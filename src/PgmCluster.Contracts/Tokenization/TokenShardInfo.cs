using System.Text.Json.Serialization;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Tokenization;

/// <summary>One finished shard.</summary>
[GenerateSerializer, Immutable, Alias("pgm.TokenShardInfo")]
public sealed record TokenShardInfo
{
    [Id(0)] public required int Index { get; init; }

    [Id(1)] public required int Images { get; init; }

    [Id(2)] public required ArtifactReference File { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}

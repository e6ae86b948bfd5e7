using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Contracts.Tokenization;

/// <summary>One finished shard.</summary>
[GenerateSerializer, Immutable, Alias("pgm.TokenShardInfo")]
public sealed record TokenShardInfo
{
    [Id(0)] public required int Index { get; init; }

    [Id(1)] public required int Images { get; init; }

    [Id(2)] public required ArtifactReference File { get; init; }
}

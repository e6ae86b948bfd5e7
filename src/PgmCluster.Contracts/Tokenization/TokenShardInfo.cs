using System.Text.Json.Serialization;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Tokenization;

/// <summary>One finished shard.</summary>
[GenerateSerializer, Immutable, Alias("pgm.TokenShardInfo")]
public sealed record TokenShardInfo
{
    /// <summary>The shard's number in its set, from 0.</summary>
    [Id(0)] public required int Index { get; init; }

    /// <summary>Images in it.</summary>
    [Id(1)] public required int Images { get; init; }

    /// <summary>Codes and labels, as safetensors.</summary>
    [Id(2)] public required ArtifactReference File { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}

using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Grains.Jobs;

namespace PgmCluster.Grains.Tokenization;

/// <summary>State of a tokenization.</summary>
[GenerateSerializer]
public sealed class TokenizationJobState : JobState<TokenizationRequest>
{
    [Id(0)] public DatasetInfo? Dataset { get; set; }

    [Id(1)] public ArtifactReference? Tokenizer { get; set; }

    /// <summary>By index; null where the shard is not finished.</summary>
    [Id(2)] public List<TokenShardInfo?> Shards { get; set; } = [];

    /// <summary>Codes that occur in the finished shards: bit c of byte c/8.</summary>
    [Id(3)] public byte[] Codes { get; set; } = [];

    [Id(4)] public int Height { get; set; }

    [Id(5)] public int Width { get; set; }

    [Id(6)] public int Codebook { get; set; }

    [Id(7)] public TokenizationResult? Result { get; set; }
}

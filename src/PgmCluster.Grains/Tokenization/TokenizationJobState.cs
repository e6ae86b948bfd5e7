using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Grains.Jobs;

namespace PgmCluster.Grains.Tokenization;

/// <summary>State of a tokenization.</summary>
[GenerateSerializer, Alias("pgm.TokenizationJobState")]
public sealed class TokenizationJobState : WorkJobState<TokenizationRequest>
{
    [Id(0)] public DatasetInfo? Dataset { get; set; }

    [Id(1)] public ArtifactReference? Tokenizer { get; set; }

    /// <summary>By index, in states of versions without units; null where the shard was not finished.</summary>
    [Id(2)] public List<TokenShardInfo?> Shards { get; set; } = [];

    /// <summary>Codes that occur in these shards: bit c of byte c/8.</summary>
    [Id(3)] public byte[] Codes { get; set; } = [];

    /// <summary>Of these shards.</summary>
    [Id(4)] public int Height { get; set; }

    /// <summary>Of these shards.</summary>
    [Id(5)] public int Width { get; set; }

    /// <summary>Of these shards.</summary>
    [Id(6)] public int Codebook { get; set; }

    [Id(7)] public TokenizationResult? Result { get; set; }

    /// <summary>Units that are about to take over what an earlier tokenization has made; empty once they have.</summary>
    [Id(8)] public List<ReusedUnits> Reused { get; set; } = [];

    /// <summary>Null in states of versions before.</summary>
    [Id(9)] public TokenizationEstimate? Estimate { get; set; }

    /// <summary>Of all devices together; null before it is completed, and where its time says nothing.</summary>
    [Id(10)] public double? ImagesPerSecond { get; set; }
}

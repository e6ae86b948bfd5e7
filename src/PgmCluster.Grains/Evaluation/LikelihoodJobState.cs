using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Grains.Jobs;

namespace PgmCluster.Grains.Evaluation;

/// <summary>State of a computation of a likelihood.</summary>
[GenerateSerializer, Alias("pgm.LikelihoodJobState")]
public sealed class LikelihoodJobState : WorkJobState<LikelihoodRequest>
{
    [Id(0)] public ArtifactReference? Model { get; set; }

    [Id(1)] public ArtifactReference? Tokenizer { get; set; }

    /// <summary>The tokens of the split.</summary>
    [Id(2)] public TokenSet? Set { get; set; }

    /// <summary>Rows of the code grid.</summary>
    [Id(3)] public int Height { get; set; }

    [Id(4)] public int Width { get; set; }

    /// <summary>Entries in the tokenizer's codebook.</summary>
    [Id(5)] public int Codebook { get; set; }

    /// <summary>See <see cref="LikelihoodScore.Remark"/>.</summary>
    [Id(6)] public string? Remark { get; set; }

    [Id(7)] public LikelihoodScore? Score { get; set; }
}

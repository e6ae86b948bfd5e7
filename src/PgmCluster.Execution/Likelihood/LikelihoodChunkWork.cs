using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Likelihood;
using PgmCluster.Modeling.Masking;

namespace PgmCluster.Execution.Likelihood;

/// <summary>
/// Document of <see cref="WorkKinds.LikelihoodChunk"/>: how probable a model finds the images of one chunk. The result is a
/// <see cref="LikelihoodChunkResult"/>.
/// </summary>
public sealed record LikelihoodChunkWork
{
    /// <summary>Weights of a generative model.</summary>
    public required ArtifactInfo Model { get; init; }

    /// <summary>Weights of the tokenizer whose codes the model draws.</summary>
    public required ArtifactInfo Tokenizer { get; init; }

    /// <summary>Token shards that hold the chunk's images, in index order.</summary>
    public required IReadOnlyList<ArtifactInfo> Shards { get; init; }

    /// <summary>Index of the first image of <see cref="Shards"/> among all of the set.</summary>
    public int FirstOfShards { get; init; }

    /// <summary>The images that are taken for all of the set.</summary>
    public required EvenSample Sample { get; init; }

    /// <summary>The chunk's first image among those of <see cref="Sample"/>.</summary>
    public int First { get; init; }

    public required int Count { get; init; }

    public required TokenOrder Order { get; init; }

    public required int Steps { get; init; }

    /// <summary>Of the share of known cells over the steps.</summary>
    public required MaskingSchedule Curve { get; init; }

    /// <summary>Decides how orders are rolled.</summary>
    public long Seed { get; init; }

    /// <summary>Images per forward pass.</summary>
    public required int BatchSize { get; init; }

    public required int Threads { get; init; }

    /// <summary>Use the averaged weights where the run has them.</summary>
    public bool UseEma { get; init; } = true;

    /// <summary>One of <see cref="Precisions.Names"/>.</summary>
    public string Precision { get; init; } = Precisions.Float32;
}

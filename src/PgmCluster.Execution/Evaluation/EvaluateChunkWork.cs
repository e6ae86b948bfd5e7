using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Sampling;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Evaluation;

/// <summary>Document of <see cref="WorkKinds.EvaluateChunk"/>: features of one chunk as a hashed artifact. The result is an <see cref="EvaluateChunkResult"/>.</summary>
public sealed record EvaluateChunkWork
{
    public required string Output { get; init; }

    public required EvaluationSubject Subject { get; init; }

    public required ArtifactInfo Classifier { get; init; }

    /// <summary>The chunk's images; null for generated ones.</summary>
    public ImageRange? Images { get; init; }

    /// <summary>For reconstructed and generated images.</summary>
    public ArtifactInfo? Tokenizer { get; init; }

    /// <summary>For generated images, as the next three.</summary>
    public ArtifactInfo? Model { get; init; }

    public IReadOnlyList<int> Labels { get; init; } = [];

    public long Seed { get; init; }

    /// <summary>Batch size and threads hold for every subject.</summary>
    public required SamplerSettings Settings { get; init; }
}

using PgmCluster.Data.Artifacts;

namespace PgmCluster.Execution.Evaluation;

/// <summary>Result of one chunk of an evaluation: a <see cref="FeatureFile"/>.</summary>
public sealed record EvaluateChunkResult
{
    public required ArtifactInfo Features { get; init; }
    public required int Images { get; init; }
}

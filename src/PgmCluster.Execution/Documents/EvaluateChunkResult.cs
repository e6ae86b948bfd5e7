using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Evaluation;

namespace PgmCluster.Execution.Documents;

/// <summary>Result of one chunk of an evaluation: a <see cref="FeatureFile"/>.</summary>
public sealed record EvaluateChunkResult
{
    public required ArtifactInfo Features { get; init; }
    public required int Images { get; init; }
}

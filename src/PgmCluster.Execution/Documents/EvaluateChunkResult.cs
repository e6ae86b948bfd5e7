using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Evaluation;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Documents;

/// <summary>Result of one chunk of an evaluation: a <see cref="FeatureFile"/>.</summary>
public sealed record EvaluateChunkResult
{
    public required ArtifactInfo Features { get; init; }
    public required int Images { get; init; }

    /// <summary>Images that cannot be decoded, in their order; they count nowhere else.</summary>
    public IReadOnlyList<BadImage> Skipped { get; init; } = [];
}

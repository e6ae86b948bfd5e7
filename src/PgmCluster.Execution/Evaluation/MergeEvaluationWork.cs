using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Evaluation;

/// <summary>Document of <see cref="WorkKinds.MergeEvaluation"/>: folds the chunks in index order. The result is a <see cref="EvaluationResult"/>.</summary>
public sealed record MergeEvaluationWork
{
    public required IReadOnlyList<ArtifactInfo> Reference { get; init; }
    public required IReadOnlyList<ArtifactInfo> Real { get; init; }
    public required IReadOnlyList<ArtifactInfo> Reconstructed { get; init; }
    public required IReadOnlyList<ArtifactInfo> Generated { get; init; }
    public required int Threads { get; init; }
}

using PgmCluster.Data.Artifacts;

namespace PgmCluster.Execution.Evaluation;

/// <summary>Result of one chunk of an evaluation: features F32 [n, width], predicted and wanted classes I32 [n], squared errors F64 [n].</summary>
public sealed record EvaluateChunkResult
{
    public required ArtifactInfo Features { get; init; }
    public required int Images { get; init; }
}

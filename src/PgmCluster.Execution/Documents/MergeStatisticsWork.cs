using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Evaluation;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Documents;

/// <summary>
/// Document of <see cref="WorkKinds.MergeStatistics"/>: folds the chunks in index order. The result is a
/// <see cref="MergeStatisticsResult"/>.
/// </summary>
public sealed record MergeStatisticsWork
{
    /// <summary>Name of the <see cref="StatisticsFile"/>.</summary>
    public required string Output { get; init; }

    /// <summary>Features of the images.</summary>
    public required IReadOnlyList<ArtifactInfo> Chunks { get; init; }

    public required int Threads { get; init; }
}

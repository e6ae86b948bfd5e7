using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Evaluation;

namespace PgmCluster.Execution.Documents;

/// <summary>Result of merging chunks into reference statistics.</summary>
public sealed record MergeStatisticsResult
{
    /// <summary>A <see cref="StatisticsFile"/>.</summary>
    public required ArtifactInfo File { get; init; }

    public required long Images { get; init; }
}

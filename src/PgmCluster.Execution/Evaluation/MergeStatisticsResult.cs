using PgmCluster.Data.Artifacts;

namespace PgmCluster.Execution.Evaluation;

/// <summary>Result of merging chunks into reference statistics.</summary>
public sealed record MergeStatisticsResult
{
    /// <summary>A <see cref="StatisticsFile"/>.</summary>
    public required ArtifactInfo File { get; init; }

    public required long Images { get; init; }
}

using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Pulls;

/// <summary>Document of <see cref="WorkKinds.PullFiles"/>; the result is a <see cref="PullFilesResult"/>.</summary>
public sealed record PullFilesWork
{
    /// <summary>A <see cref="PullListing"/>.</summary>
    public required ArtifactInfo Listing { get; init; }

    /// <summary>The first of its files that is fetched.</summary>
    public required int First { get; init; }

    public required int Count { get; init; }

    /// <summary>Files at a time.</summary>
    public required int Parallel { get; init; }
}

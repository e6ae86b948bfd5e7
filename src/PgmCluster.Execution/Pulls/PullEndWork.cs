using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Pulls;

/// <summary>
/// Document of <see cref="WorkKinds.PullEnd"/>, the last work of a pull; the result is a <see cref="PullFilesResult"/> of all files.
/// </summary>
public sealed record PullEndWork
{
    /// <summary>A <see cref="PullListing"/>.</summary>
    public required ArtifactInfo Listing { get; init; }
}

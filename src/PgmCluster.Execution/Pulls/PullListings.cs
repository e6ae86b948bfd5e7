using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Pulls;

/// <summary>Reads what a pull fetches.</summary>
internal static class PullListings
{
    /// <exception cref="Data.DataCorruptException">It is missing or has changed.</exception>
    public static PullListing Read(WorkContext context, ArtifactInfo listing) =>
        context.Read(listing, path => WorkJson.Read<PullListing>(File.ReadAllText(path)));
}

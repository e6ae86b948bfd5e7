using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Grains.Pulls;

/// <summary>What a pull has to fetch.</summary>
/// <param name="Listing">The artifact that holds the list.</param>
/// <param name="Commit">What the revision means now.</param>
/// <param name="Directory">Where the files go.</param>
/// <param name="Files">Path and bytes of each, in the list's order.</param>
public sealed record ListedPull(
    ArtifactReference Listing, string Commit, string Directory, IReadOnlyList<(string Path, long Bytes)> Files);

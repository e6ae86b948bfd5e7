namespace PgmCluster.Data.Hub;

/// <summary>A repository at one commit.</summary>
/// <param name="Repository">Which.</param>
/// <param name="Commit">The commit that a revision meant when it was listed.</param>
/// <param name="Files">In ordinal order of their paths.</param>
public sealed record HubSnapshot(HubRepository Repository, string Commit, IReadOnlyList<HubFile> Files);

namespace PgmCluster.Data.Artifacts.Collection;

/// <summary>What a collection did, or would do.</summary>
/// <param name="Deleted">Artifacts that nobody referred to.</param>
/// <param name="Kept">How many artifacts stay.</param>
/// <param name="Unfinished">Writes that were begun and never finished, removed as well.</param>
public sealed record CollectionReport(IReadOnlyList<StoredArtifact> Deleted, int Kept, int Unfinished);

namespace PgmCluster.Data.Artifacts;

/// <summary>What a store knows of an artifact without reading it.</summary>
/// <param name="Name">Its name in the store, '/'-separated.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Written">When it was last written, by the store's clock, also where that left the same bytes as they were.</param>
public sealed record StoredArtifact(string Name, long Size, DateTimeOffset Written);

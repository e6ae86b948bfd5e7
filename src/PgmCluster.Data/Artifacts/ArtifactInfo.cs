namespace PgmCluster.Data.Artifacts;

/// <summary>What identifies an artifact's content.</summary>
/// <param name="Name">Its name in the store, '/'-separated.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">64 lower-case hexadecimal digits.</param>
public sealed record ArtifactInfo(string Name, long Size, string Sha256);

using PgmCluster.Data.Artifacts;

namespace PgmCluster.Silo.Backups;

/// <summary>What a backup holds, or what was restored of it.</summary>
/// <param name="Rows">Of the state.</param>
/// <param name="Artifacts">How many the state names.</param>
/// <param name="Bytes">Of these.</param>
/// <param name="Missing">Those that are not in the store, or not as they were written.</param>
public sealed record BackupReport(long Rows, int Artifacts, long Bytes, IReadOnlyList<ArtifactInfo> Missing);

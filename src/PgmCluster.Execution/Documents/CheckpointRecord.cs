using PgmCluster.Data.Artifacts;

namespace PgmCluster.Execution.Documents;

/// <summary>A checkpoint that is completely written.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Generation">The fence under which it was written.</param>
/// <param name="Manifest">The manifest, written last; it names and hashes the other files.</param>
public sealed record CheckpointRecord(long Step, long Generation, ArtifactInfo Manifest);

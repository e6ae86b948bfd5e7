using PgmCluster.Data.Artifacts;

namespace PgmCluster.Execution.Registration;

/// <summary>What indexing a shard gave.</summary>
/// <param name="Index">The <see cref="Data.Formats.IndexedShard"/>.</param>
/// <param name="Images">Pictures that can be read.</param>
public sealed record IndexShardResult(ArtifactInfo Index, int Images);

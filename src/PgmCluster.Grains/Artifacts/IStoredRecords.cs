namespace PgmCluster.Grains.Artifacts;

/// <summary>The stored records of this cluster, whoever wrote them.</summary>
public interface IStoredRecords
{
    /// <summary>All that may name artifacts: grain state and the scheduler's queue, as JSON.</summary>
    Task<IReadOnlyList<StoredRecord>> ReadAsync(CancellationToken cancellation);

    /// <summary>What marks the artifact store of this cluster.</summary>
    Task<string?> ReadArtifactIdAsync(CancellationToken cancellation);
}

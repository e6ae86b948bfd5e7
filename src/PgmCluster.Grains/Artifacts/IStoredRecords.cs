namespace PgmCluster.Grains.Artifacts;

/// <summary>The stored records of this cluster, whoever wrote them.</summary>
public interface IStoredRecords
{
    /// <summary>
    /// All that may name artifacts: grain state and the scheduler's queue, as JSON, as they were at one moment. One after another, since
    /// there may be more than memory holds; none of it is read on the caller's thread.
    /// </summary>
    IAsyncEnumerable<StoredRecord> Read(CancellationToken cancellation);

    /// <summary>What marks the artifact store of this cluster.</summary>
    Task<string?> ReadArtifactIdAsync(CancellationToken cancellation);
}

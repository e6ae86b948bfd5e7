using PgmCluster.Data.Artifacts.Collection;
using PgmCluster.Grains.Jobs;

namespace PgmCluster.Grains.Artifacts;

/// <summary>What is in use of the artifact store, as the records say.</summary>
public static class StoredRegistry
{
    /// <exception cref="Contracts.Errors.PgmException">A record cannot be read.</exception>
    public static async Task<ReferenceRegistry> ReadAsync(IStoredRecords records, CancellationToken cancellation)
    {
        var registry = new ReferenceRegistry();
        await foreach (var record in records.Read(cancellation))
        {
            foreach (var artifact in RecordUses.Of(record)) registry.Add(artifact, $"{record.Kind} {record.Key}");
            // The files of a deleted job are nobody's.
            if (!DeletedJobs.IsMark(record.Json)) registry.AddJob(record.Owner);
        }
        return registry;
    }
}

using Orleans.CodeGeneration;

namespace PgmCluster.Contracts.Artifacts;

/// <summary>Which artifacts the stored records of jobs, datasets and queued work name. The key is "all".</summary>
[Alias("pgm.IArtifactReferencesGrain"), Version(0)]
public interface IArtifactReferencesGrain : IGrainWithStringKey
{
    /// <summary>
    /// Reads the records once, as they are stored now, and gives what they name in parts that a message holds. The first only says whose
    /// artifacts they are, before anything is read; while reading takes long, empty ones come.
    /// </summary>
    /// <exception cref="Errors.PgmException">A record cannot be read.</exception>
    [Alias("ReadParts")]
    IAsyncEnumerable<StoredReferences> Read(CancellationToken cancellation);
}

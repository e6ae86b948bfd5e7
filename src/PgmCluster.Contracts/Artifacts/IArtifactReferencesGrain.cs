namespace PgmCluster.Contracts.Artifacts;

/// <summary>Which artifacts the stored records of jobs, datasets and queued work name. The key is "all".</summary>
[Alias("pgm.IArtifactReferencesGrain")]
public interface IArtifactReferencesGrain : IGrainWithStringKey
{
    /// <summary>Reads the records as they are stored now.</summary>
    [Alias("Read"), ResponseTimeout("00:10:00")]
    Task<StoredReferences> Read();
}

using Orleans.CodeGeneration;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Grains.Datasets;

/// <summary>A registration's job, to the dataset's grain. The key is the job's id.</summary>
[Alias("pgm.IRegistrationProgress"), Version(0)]
internal interface IRegistrationProgress : IGrainWithStringKey
{
    /// <summary>
    /// The index of each shard that was to be read, in order; null where there is none (yet). Also of a job that has failed.
    /// </summary>
    [Alias("GetMade")]
    Task<List<ArtifactReference?>> GetMade();
}

using Orleans.CodeGeneration;
using PgmCluster.Contracts.Callers;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Contracts.Datasets;

/// <summary>
/// The reading of a source, shard by shard. The key is the job's id, which <see cref="IDatasetGrain.StartRegistration"/> gives; it is
/// watched and cancelled like any other job.
/// </summary>
[Alias("pgm.IRegistrationJobGrain"), Version(0)]
public interface IRegistrationJobGrain : IJobGrain
{
    /// <summary>Records and queues the job; by the dataset's grain.</summary>
    [Alias("Start"), ForSilos]
    Task<JobStatus> Start(RegistrationRequest request);
}

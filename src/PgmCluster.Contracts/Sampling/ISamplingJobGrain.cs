using Orleans.CodeGeneration;
using PgmCluster.Contracts.Callers;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Contracts.Sampling;

/// <summary>One sampling job. The key is the job's id.</summary>
[Alias("pgm.ISamplingJobGrain"), Version(0)]
public interface ISamplingJobGrain : IJobGrain
{
    /// <summary>Records and queues the job; idempotent like <see cref="Training.ITrainingRunGrain.Start"/>.</summary>
    [Alias("Start"), Audited]
    Task<JobStatus> Start(SamplingRequest request);

    /// <exception cref="Errors.PgmException">The job is not completed.</exception>
    [Alias("GetResult")]
    Task<SamplingResult> GetResult();
}

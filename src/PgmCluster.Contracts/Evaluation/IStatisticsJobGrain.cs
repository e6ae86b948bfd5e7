using Orleans.CodeGeneration;
using PgmCluster.Contracts.Callers;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Contracts.Evaluation;

/// <summary>One making of reference statistics. The key is the job's id, which is the statistics' name.</summary>
[Alias("pgm.IStatisticsJobGrain"), Version(0)]
public interface IStatisticsJobGrain : IJobGrain
{
    /// <summary>Records and queues the job; idempotent like <see cref="Training.ITrainingRunGrain.Start"/>.</summary>
    [Alias("Start"), Audited]
    Task<JobStatus> Start(StatisticsRequest request);

    /// <exception cref="Errors.PgmException">The job is not completed.</exception>
    [Alias("GetResult")]
    Task<ReferenceStatistics> GetResult();
}

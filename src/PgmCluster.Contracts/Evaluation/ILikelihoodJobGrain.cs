using Orleans.CodeGeneration;
using PgmCluster.Contracts.Callers;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Contracts.Evaluation;

/// <summary>One computation of a model's likelihood. The key is the job's id.</summary>
[Alias("pgm.ILikelihoodJobGrain"), Version(0)]
public interface ILikelihoodJobGrain : IJobGrain
{
    /// <summary>Records and queues the job; idempotent like <see cref="Training.ITrainingRunGrain.Start"/>.</summary>
    [Alias("Start"), Audited]
    Task<JobStatus> Start(LikelihoodRequest request);

    /// <exception cref="Errors.PgmException">The job is not completed.</exception>
    [Alias("GetScore")]
    Task<LikelihoodScore> GetScore();
}

using Orleans.CodeGeneration;
using PgmCluster.Contracts.Callers;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Contracts.Evaluation;

/// <summary>One evaluation. The key is the job's id.</summary>
[Alias("pgm.IEvaluationJobGrain"), Version(0)]
public interface IEvaluationJobGrain : IJobGrain
{
    /// <summary>Records and queues the job; idempotent like <see cref="Training.ITrainingRunGrain.Start"/>.</summary>
    [Alias("Start"), Audited]
    Task<JobStatus> Start(EvaluationRequest request);

    /// <exception cref="Errors.PgmException">The job is not completed.</exception>
    [Alias("GetScores")]
    Task<EvaluationScores> GetScores();
}

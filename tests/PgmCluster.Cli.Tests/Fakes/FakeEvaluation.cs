using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Cli.Tests.Fakes;

internal sealed class FakeEvaluation(FakeCluster cluster, string id) : FakeJob(cluster, id, JobKind.Evaluation), IEvaluationJobGrain
{
    public Task<JobStatus> Start(EvaluationRequest request) => Begin(request);

    public Task<EvaluationScores> GetScores() => Task.FromResult(new EvaluationScores
    {
        ClassifierAccuracyReal = 0.9,
        ClassAccuracyReconstructed = 0.85,
        ClassAccuracyGenerated = 0.88,
        FrechetReal = 3.5,
        FrechetReconstructed = 20,
        FrechetGenerated = 25,
        ReconstructionMse = 0.03,
        Images = 1000,
        ReferenceImages = 9000,
    });
}

using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Cli.Tests.Fakes;

internal sealed class FakeEvaluation(FakeCluster cluster, string id) : FakeJob(cluster, id, JobKind.Evaluation), IEvaluationJobGrain
{
    private readonly FakeCluster _cluster = cluster;

    public Task<JobStatus> Start(EvaluationRequest request) => Begin(request);

    public Task<EvaluationScores> GetScores() => Task.FromResult(Request switch
    {
        EvaluationRequest { Features: FeatureKinds.Inception } request => OfInception(request),
        EvaluationRequest request when _cluster.Scores is { } scores => scores(request),
        _ => new EvaluationScores
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
            Whole = new NeighbourScores(0.9, 0.5, 1.1, 0.25),
        },
    });

    private static EvaluationScores OfInception(EvaluationRequest request) => new()
    {
        FrechetGenerated = 5.54321,
        Images = 50000,
        ReferenceImages = 50000,
        InceptionScore = 123.45678,
        InFiveChunks = new NeighbourScores(0.76543, 0.5, 0.9, 0.8),
        Basis = new EvaluationBasis
        {
            Features = new FeatureSource(
                FeatureKinds.Inception, "inception.safetensors", new("weights/x", 1, new string('b', 64)), "resize"),
            Reference = new ImageSet("imagenet", "validation", 50000, new string('c', 64)),
            Statistics = request.Statistics,
            Model = Artifact("m"),
            Images = 50000,
            HeldOutImages = 0,
            Seed = request.Seed,
            ChunkSize = request.ChunkSize,
            Sampling = request.Settings,
        },
    };
}

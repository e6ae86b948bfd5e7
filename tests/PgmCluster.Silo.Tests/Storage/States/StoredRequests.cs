using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Pulls;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;

namespace PgmCluster.Silo.Tests.Storage.States;

/// <summary>What the jobs of the samples were asked for.</summary>
internal static class StoredRequests
{
    public static readonly Scheduling Scheduling = new() { Priority = 3, User = "ann" };

    public static readonly SamplingSettings Settings = new()
    {
        Sampler = "confidence",
        Steps = 12,
        Guidance = 1.5,
        GuidanceSchedule = "linear",
        LogitScale = 0.75,
        RandomizeOrder = true,
        BatchSize = 50,
        Threads = 2,
        UseEma = false,
        LogitScaleEnd = 0.5,
        WarmUpSteps = 4,
        TopK = 9,
        Curve = "linear",
        ConfidenceNoise = 2.5,
        CompatReference = true,
        Precision = "bfloat16",
    };

    public static EvaluationRequest Evaluation(long seed) => new()
    {
        Model = "model",
        Classifier = "cls",
        Images = 500,
        Seed = seed,
        ChunkSize = 100,
        Settings = Settings,
        Features = FeatureKinds.Inception,
        Inception = "inception.pth",
        Statistics = "shoes-statistics",
        Scheduling = Scheduling,
    };

    public static StatisticsRequest Statistics(int threads) => new()
    {
        Dataset = "shoes",
        Split = "validation",
        Images = 3,
        ImageSize = 28,
        Classifier = "cls",
        Inception = "inception.pth",
        ChunkSize = 1000,
        BatchSize = 10,
        Threads = threads,
        Scheduling = Scheduling,
    };

    public static SamplingRequest Sampling(int images) =>
        new() { Model = "model", Classes = [3, 1], ImagesPerClass = images, Seed = 4, Settings = Settings, Scheduling = Scheduling };

    public static PullRequest Pull(int parallel) => new()
    {
        Kind = PullKind.Dataset,
        Repository = "o/d",
        Revision = "v1",
        Files = ["*.tar"],
        Exclude = ["b.tar"],
        Split = "train",
        Parallel = parallel,
        Scheduling = Scheduling,
    };

    public static TokenizationRequest Tokenization(int threads) =>
        new()
        {
            Dataset = "shoes",
            Tokenizer = "tok",
            Split = "validation",
            ShardSize = 12,
            BatchSize = 6,
            Threads = threads,
            Scheduling = Scheduling,
        };

    public static TrainingRequest Training(long seed) => new()
    {
        Preset = "pgm-x",
        Set = new Dictionary<string, string> { ["training.Steps"] = "100" },
        Dataset = "shoes",
        Tokens = "tokens",
        Seed = seed,
        From = StoredStates.Artifact("from"),
        FromWeights = "ema",
        AsIs = true,
        MinWorkers = 2,
        MaxWorkers = 4,
        Scheduling = Scheduling,
    };
}

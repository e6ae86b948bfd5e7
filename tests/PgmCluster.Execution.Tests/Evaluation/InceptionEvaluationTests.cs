using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Evaluation;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Tests.Evaluation;

/// <summary>
/// An evaluation from its first chunk to its scores, with a model trained for two steps and random weights in the Inception network.
/// </summary>
public sealed class InceptionEvaluationTests(StandInModels models) : IClassFixture<StandInModels>
{
    private const int Images = 20;
    private static readonly SamplerSettings Settings = new() { Steps = 4, BatchSize = 10, Threads = 1 };

    [Fact]
    public void Run_InceptionFeaturesOnOneAndTwoCores_GivesAllScoresAlike()
    {
        var reference = Run(Chunk(EvaluationSubject.Reference, "reference") with { ImageSize = 28 }, cores: 2);
        var one = Evaluate(reference, cores: 1, "one");
        var two = Evaluate(reference, cores: 2, "two");

        Assert.Equal(one, two);
        Assert.Equal((Images, Images), (one.Images, one.ReferenceImages));
        Assert.True(one.FrechetGenerated > 0 && one.FrechetReal > 0 && one.FrechetReconstructed > 0);
        Assert.True(one.InceptionScore >= 1);
        Assert.NotNull(one.InFiveChunks);
        Assert.NotNull(one.Whole);
        Assert.Equal((null, null, null), (one.ClassifierAccuracyReal, one.ClassAccuracyReconstructed, one.ClassAccuracyGenerated));
    }

    [Fact]
    public void Run_StatisticsOfAnotherSize_AreRefused()
    {
        var work = Chunk(EvaluationSubject.Generated, "wrong") with
        {
            Model = models.Model,
            Labels = [1, 2],
            Images = null,
            ImageSize = 64,
        };
        var e = Assert.Throws<BadInputException>(() => new EvaluateChunkItem(work).Run(models.Runs.Context()));
        Assert.Contains("28 pixels wide, the reference statistics are of images of 64", e.Message);
    }

    private ArtifactInfo Run(EvaluateChunkWork work, int cores) =>
        WorkJson.Read<EvaluateChunkResult>(new EvaluateChunkItem(work).Run(models.Runs.Context(cores))).Features;

    private EvaluationResult Evaluate(ArtifactInfo reference, int cores, string name)
    {
        var statistics = WorkJson.Read<MergeStatisticsResult>(new MergeStatisticsItem(new MergeStatisticsWork
        {
            Output = $"{name}/statistics.safetensors",
            Chunks = [reference],
            Threads = 1,
        }).Run(models.Runs.Context(cores)));
        Assert.Equal(Images, statistics.Images);

        var real = Run(Chunk(EvaluationSubject.Real, name) with { Images = TestRuns.Images(1000, 3) }, cores);
        var reconstructed = Run(Chunk(EvaluationSubject.Reconstructed, name) with { Images = TestRuns.Images(1000, 3) }, cores);
        var generated = Enumerable.Range(0, 2).Select(i => Run(Chunk(EvaluationSubject.Generated, $"{name}/{i}") with
        {
            Model = models.Model,
            Labels = [.. Enumerable.Range(0, Images / 2)],
            Images = null,
            Seed = 5 + i,
            ImageSize = 28,
            Settings = Settings with { BatchSize = 5 },
        }, cores)).ToList();
        return WorkJson.Read<EvaluationResult>(new MergeEvaluationItem(new MergeEvaluationWork
        {
            Reference = [reference],
            Statistics = statistics.File,
            Real = [real],
            Reconstructed = [reconstructed],
            Generated = generated,
            Threads = 1,
            InceptionScore = true,
            GeneratedImages = Images,
            Seed = 5,
        }).Run(models.Runs.Context(cores)));
    }

    private EvaluateChunkWork Chunk(EvaluationSubject subject, string name) => new()
    {
        Output = $"{name}/{subject.ToString().ToLowerInvariant()}.safetensors",
        Subject = subject,
        Inception = models.Inception,
        Tokenizer = models.Tokenizer,
        Images = TestRuns.Images(0, Images),
        Settings = Settings,
    };
}

using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Safetensors;
using PgmCluster.Execution.Evaluation;
using PgmCluster.Execution.Sampling;
using PgmCluster.Execution.Tokenization;
using PgmCluster.Execution.Training;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Metrics.Inception;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Tests.Evaluation;

/// <summary>An evaluation from its first chunk to its scores, with a model trained for two steps and random weights in the Inception network.</summary>
public sealed class InceptionEvaluationTests : IDisposable
{
    private const int Images = 20;
    private static readonly SamplerSettings Settings = new() { Steps = 4, BatchSize = 10, Threads = 1 };
    private readonly TestRuns _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public void Run_InceptionFeaturesOnOneAndTwoCores_GivesAllScoresAlike()
    {
        var (model, tokenizer, inception) = (Model(out var weights), weights, Inception());
        var one = Evaluate(model, tokenizer, inception, cores: 1, "one");
        var two = Evaluate(model, tokenizer, inception, cores: 2, "two");

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
        var model = Model(out var tokenizer);
        var work = Chunk(EvaluationSubject.Generated, "wrong", Inception()) with { Model = model, Tokenizer = tokenizer, Labels = [1, 2], Images = null, ImageSize = 64 };
        var e = Assert.Throws<BadInputException>(() => new EvaluateChunkItem(work).Run(_runs.Context()));
        Assert.Contains("28 pixels wide, the reference statistics are of images of 64", e.Message);
    }

    private EvaluationResult Evaluate(ArtifactInfo model, ArtifactInfo tokenizer, ArtifactInfo inception, int cores, string name)
    {
        ArtifactInfo Run(EvaluateChunkWork work) => WorkJson.Read<EvaluateChunkResult>(new EvaluateChunkItem(work).Run(_runs.Context(cores))).Features;

        var reference = Run(Chunk(EvaluationSubject.Reference, name, inception) with { ImageSize = 28 });
        var statistics = WorkJson.Read<MergeStatisticsResult>(new MergeStatisticsItem(new MergeStatisticsWork
        {
            Output = $"{name}/statistics.safetensors",
            Chunks = [reference],
            Threads = 1,
        }).Run(_runs.Context(cores)));
        Assert.Equal(Images, statistics.Images);

        var real = Run(Chunk(EvaluationSubject.Real, name, inception) with { Tokenizer = tokenizer, Images = TestRuns.Images(1000, 3) });
        var reconstructed = Run(Chunk(EvaluationSubject.Reconstructed, name, inception) with { Tokenizer = tokenizer, Images = TestRuns.Images(1000, 3) });
        var generated = Enumerable.Range(0, 2).Select(i => Run(Chunk(EvaluationSubject.Generated, $"{name}/{i}", inception) with
        {
            Model = model,
            Tokenizer = tokenizer,
            Labels = [.. Enumerable.Range(0, Images / 2)],
            Images = null,
            Seed = 5 + i,
            ImageSize = 28,
            Settings = Settings with { BatchSize = 5 },
        })).ToList();
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
        }).Run(_runs.Context(cores)));
    }

    private static EvaluateChunkWork Chunk(EvaluationSubject subject, string name, ArtifactInfo inception) => new()
    {
        Output = $"{name}/{subject.ToString().ToLowerInvariant()}.safetensors",
        Subject = subject,
        Inception = inception,
        Images = TestRuns.Images(0, Images),
        Settings = Settings,
    };

    private ArtifactInfo Model(out ArtifactInfo tokenizer)
    {
        tokenizer = _runs.Train(TestRuns.Work("tokenizer", 2, run: "tok")).Weights;
        var shard = WorkJson.Read<TokenizeShardResult>(new TokenizeShardItem(new TokenizeShardWork
        {
            Output = "tokens/0.safetensors",
            Images = TestRuns.Images(0, 64),
            Tokenizer = tokenizer,
            BatchSize = 32,
            Threads = 1,
        }).Run(_runs.Context()));
        return _runs.Train(TestRuns.Work("pgm", 2, tokens: [shard.File], run: "model")).Weights;
    }

    /// <summary>Kernels that keep the size of what goes through them, so that images differ at the end.</summary>
    private ArtifactInfo Inception()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(11, CPU);
        using var network = new InceptionNetwork();
        var writer = new SafetensorsWriter();
        foreach (var (name, tensor, _) in StateDict.Of(network).Entries.Where(e => e.Tensor.dtype == ScalarType.Float32))
        {
            var values = tensor.shape.Length > 1
                ? randn(tensor.shape, generator: generator) * Math.Sqrt(2.0 * tensor.shape[0] / tensor.numel())
                : name.EndsWith("bn.weight", StringComparison.Ordinal) || name.EndsWith("running_var", StringComparison.Ordinal) ? ones(tensor.shape) : zeros(tensor.shape);
            writer.Add<float>(name, tensor.shape, values.data<float>().ToArray());
        }
        return _runs.Store.Write("weights/inception.safetensors", writer.WriteTo);
    }
}

using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Images;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Evaluation;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Sampling;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Tests.Work;
using PgmCluster.Execution.Tokenization;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Sampling;

namespace PgmCluster.Execution.Tests.Training;

public class TrainItemTests
{
    private static readonly Dictionary<string, string> FourLeaves = new()
    {
        ["training.microBatches"] = "8",
        ["training.emaDecay"] = "0.9",
        ["training.checkpointSeconds"] = "0.001"
    };

    [Theory]
    [InlineData("tokenizer", "fused")]
    [InlineData("classifier", "fused")]
    [InlineData("classifier", "managed")]
    public void Run_WithMoreCores_GivesTheSameBits(string kind, string optimizer)
    {
        using var runs = new TestRuns();
        var work = TestRuns.Work(kind, 6, new Dictionary<string, string>(FourLeaves) { ["numerics.optimizer"] = optimizer });
        var one = runs.Train(work, runs.Context(cores: 1));
        var two = runs.Train(work with { RunId = "two" }, runs.Context(cores: 2));
        var five = runs.Train(work with { RunId = "five" }, runs.Context(cores: 5));
        Assert.Equal(
            (one.WeightsSha256, one.EmaSha256, one.OptimizerSha256, one.FinalLoss),
            (two.WeightsSha256, two.EmaSha256, two.OptimizerSha256, two.FinalLoss));
        Assert.Equal(
            (one.WeightsSha256, one.EmaSha256, one.OptimizerSha256, one.FinalLoss),
            (five.WeightsSha256, five.EmaSha256, five.OptimizerSha256, five.FinalLoss));
    }

    [Theory]
    [InlineData("tokenizer")]
    [InlineData("classifier")]
    [InlineData("pgm")]
    [InlineData("maskgit")]
    public void Run_WithValidation_GivesTheWeightsOfARunWithoutAndNotesTheLoss(string kind)
    {
        using var runs = new TestRuns();
        ArtifactInfo[] tokens = [runs.Tokens(200)];
        Dictionary<string, string> Settings(int every) =>
            new(FourLeaves) { ["training.validationExamples"] = "30", ["training.validationSteps"] = $"{every}" };
        var silent = runs.Train(TestRuns.Work(kind, 7, Settings(0), tokens, run: "silent"));
        var validated = runs.Train(TestRuns.Work(kind, 7, Settings(3), tokens, run: "validated"));
        runs.Train(TestRuns.Work(kind, 7, Settings(3), tokens, run: "three"), runs.Context(cores: 3));

        Assert.Equal(
            (silent.WeightsSha256, silent.EmaSha256, silent.OptimizerSha256),
            (validated.WeightsSha256, validated.EmaSha256, validated.OptimizerSha256));
        var metrics = StepMetricsLog.Read(runs.Store, "validated");
        Assert.Equal([2L, 5, 6], metrics.Where(m => m.ValidationLoss is not null).Select(m => m.Step));
        Assert.Equal(metrics, StepMetricsLog.Read(runs.Store, "three"));
        Assert.All(StepMetricsLog.Read(runs.Store, "silent"), m => Assert.Null(m.ValidationLoss));
    }

    [Theory]
    [InlineData("tokenizer")]
    [InlineData("pgm")]
    [InlineData("maskgit")]
    public void Run_WithSamples_GivesTheWeightsOfARunWithoutAndPictures(string kind)
    {
        using var runs = new TestRuns();
        ArtifactInfo[] tokens = [runs.Tokens(200)];
        var tokenizer = runs.Train(TestRuns.Work("tokenizer", 2, run: "shown-with")).Weights;
        Dictionary<string, string> Settings(int every) => new(FourLeaves) { ["training.sampleSteps"] = $"{every}" };
        var silent = runs.Train(TestRuns.Work(kind, 5, Settings(0), tokens, run: "silent"));
        var shown = runs.Train(TestRuns.Work(kind, 5, Settings(2), tokens, run: "shown") with { Tokenizer = tokenizer });

        Assert.Equal(
            (silent.WeightsSha256, silent.EmaSha256, silent.OptimizerSha256),
            (shown.WeightsSha256, shown.EmaSha256, shown.OptimizerSha256));
        Assert.Equal(
            [RunFiles.Samples("shown", 2), RunFiles.Samples("shown", 4)],
            runs.Store.List("runs/shown/samples/").Select(a => a.Name));
        var picture = ImageDecoder.Decode(File.ReadAllBytes(runs.FileOf(RunFiles.Samples("shown", 4))), "samples");
        Assert.Equal((2 + 8 * 30, 2 + 2 * 30), (picture.Width, picture.Height));
    }

    [Fact]
    public void Run_MoreHeldOutThanThereIs_IsRefused()
    {
        using var runs = new TestRuns();
        var refusal = Assert.Throws<PgmCluster.Data.BadInputException>(
            () => runs.Train(TestRuns.Work("classifier", 2, new Dictionary<string, string> { ["training.validationExamples"] = "128" })));
        Assert.Contains("128 in all", refusal.Message);
    }

    [Fact]
    public void Run_OtherSeed_GivesOtherWeights()
    {
        using var runs = new TestRuns();
        Assert.NotEqual(
            runs.Train(TestRuns.Work("classifier", 2, seed: 1, run: "a")).WeightsSha256,
            runs.Train(TestRuns.Work("classifier", 2, seed: 2, run: "b")).WeightsSha256);
    }

    [Theory]
    [InlineData("tokenizer")]
    [InlineData("classifier")]
    public void Run_StoppedAndResumed_EndsWithTheUndisturbedRunsBits(string kind)
    {
        using var runs = new TestRuns();
        var work = TestRuns.Work(kind, 12, FourLeaves);
        var undisturbed = runs.Train(work with { RunId = "undisturbed" });

        var records = new List<CheckpointRecord>();
        foreach (var (generation, stopAt) in new[] { (1L, 3L), (2L, 4L), (3L, 9L) })
        {
            using var stop = new CancellationTokenSource();
            var context = runs.Context(cores: (int)generation, generation, record =>
            {
                records.Insert(
                0, WorkJson.Read<CheckpointRecord>(record)); return true;
            },
                progress => { if (progress.Done >= stopAt) stop.Cancel(); }, stop.Token);
            Assert.Throws<WorkInterruptedException>(() => runs.Train(work with { Checkpoints = [.. records.Take(2)] }, context));
            Assert.Equal((stopAt, generation), (records[0].Step, records[0].Generation));
        }
        var resumed = runs.Train(work with { Checkpoints = [.. records.Take(2)] }, runs.Context(generation: 4));

        Assert.Equal(
            (undisturbed.WeightsSha256, undisturbed.EmaSha256, undisturbed.OptimizerSha256),
            (resumed.WeightsSha256, resumed.EmaSha256, resumed.OptimizerSha256));
        Assert.Equal(undisturbed.FinalLoss, resumed.FinalLoss);
    }

    [Theory]
    [InlineData("tokenizer")]
    [InlineData("classifier")]
    [InlineData("pgm")]
    [InlineData("maskgit")]
    public void Run_InBFloat16StoppedAndResumed_EndsWithTheUndisturbedRunsBitsInFloat32(string kind)
    {
        using var runs = new TestRuns();
        ArtifactInfo[] tokens = [runs.Tokens(200)];
        TrainWork Work(string precision, string run) =>
            TestRuns.Work(kind, 6, new Dictionary<string, string>(FourLeaves) { ["numerics.precision"] = precision }, tokens, run);
        var exact = runs.Train(Work("float32", "exact"));
        var undisturbed = runs.Train(Work("bfloat16", "undisturbed"));

        var records = new List<CheckpointRecord>();
        using var stop = new CancellationTokenSource();
        var context = runs.Context(cores: 2,
            publish: record => { records.Insert(0, WorkJson.Read<CheckpointRecord>(record)); return true; },
            progress: progress => { if (progress.Done >= 3) stop.Cancel(); }, stopped: stop.Token);
        Assert.Throws<WorkInterruptedException>(() => runs.Train(Work("bfloat16", "resumed"), context));
        var resumed = runs.Train(Work("bfloat16", "resumed") with { Checkpoints = [.. records.Take(2)] }, runs.Context(generation: 2));

        Assert.Equal(
            (undisturbed.WeightsSha256, undisturbed.EmaSha256, undisturbed.OptimizerSha256),
            (resumed.WeightsSha256, resumed.EmaSha256, resumed.OptimizerSha256));
        Assert.Equal(undisturbed.FinalLoss, resumed.FinalLoss);
        Assert.NotEqual(exact.WeightsSha256, undisturbed.WeightsSha256);
        Assert.Equal(exact.FinalLoss, undisturbed.FinalLoss, 0.03 * exact.FinalLoss);
        using var weights = PgmCluster.Data.Safetensors.SafetensorsFile.Open(runs.FileOf(resumed.Weights.Name));
        Assert.All(weights.Entries, e => Assert.Equal(PgmCluster.Data.Safetensors.TensorType.F32, e.Type));
    }

    [Theory]
    [InlineData("pgm")]
    [InlineData("maskgit")]
    public void Sample_InBFloat16_GivesTheSameWithMoreCoresButNotTheTokensOfFloat32(string kind)
    {
        using var runs = new TestRuns();
        var tokenizer = runs.Train(TestRuns.Work("tokenizer", 4, run: "tokenizer")).Weights;
        var model = runs.Train(TestRuns.Work(kind, 4, FourLeaves, [runs.Tokens(200)], "model")).Weights;
        // So large a scale nearly takes the likeliest code each time, and rounding decides which it is.
        string[] Pictures(string precision, int cores) => [.. WorkJson.Read<SampleChunkResult>(new SampleChunkItem(new SampleChunkWork
        {
            OutputPrefix = $"samples/{precision}/{cores}/",
            FirstIndex = 0,
            Model = model,
            Tokenizer = tokenizer,
            Labels = [.. Enumerable.Range(0, 16).Select(i => i % 10)],
            Seed = 5,
            Settings = new SamplerSettings { Steps = 4, LogitScale = 1e4, BatchSize = 4, Threads = 1, Precision = precision },
        }).Run(runs.Context(cores))).Images.Select(i => i.Sha256)];

        Assert.Equal(Pictures("bfloat16", 1), Pictures("bfloat16", 3));
        Assert.NotEqual(Pictures("float32", 1), Pictures("bfloat16", 1));
        Assert.Contains("float32 or bfloat16", Assert.Throws<PgmCluster.Data.BadInputException>(() => Pictures("half", 1)).Message);
    }

    [Fact]
    public void Run_InBFloat16SpecifiedForOtherInstructions_IsRefusedNamingBoth()
    {
        using var runs = new TestRuns();
        Dictionary<string, string> Settings(string precision) =>
            new() { ["numerics.precision"] = precision, ["numerics.bfloat16"] = "neon" };
        var refusal = Assert.Throws<PgmCluster.Data.BadInputException>(
            () => runs.Train(TestRuns.Work("classifier", 2, Settings("bfloat16"))));
        Assert.Contains("bfloat16 by neon", refusal.Message);
        Assert.Equal(2, runs.Train(TestRuns.Work("classifier", 2, Settings("float32"))).Steps);
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("optimizer.safetensors")]
    [InlineData("manifest.json")]
    public void Run_NewestCheckpointDamaged_GoesOnFromTheOneBefore(string file)
    {
        using var runs = new TestRuns();
        var work = TestRuns.Work("classifier", 8, FourLeaves);
        var undisturbed = runs.Train(work with { RunId = "undisturbed" });
        var records = new List<CheckpointRecord>();
        foreach (var stopAt in new[] { 3L, 5L })
        {
            using var stop = new CancellationTokenSource();
            var context = runs.Context(generation: stopAt,
                publish: record => { records.Insert(0, WorkJson.Read<CheckpointRecord>(record)); return true; },
                progress: progress => { if (progress.Done >= stopAt) stop.Cancel(); }, stopped: stop.Token);
            Assert.Throws<WorkInterruptedException>(() => runs.Train(work with { Checkpoints = [.. records.Take(2)] }, context));
        }
        var path = runs.FileOf(records[0].Manifest.Name.Replace("manifest.json", file, StringComparison.Ordinal));
        var bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);

        Assert.Equal(
            undisturbed.WeightsSha256,
            runs.Train(work with { Checkpoints = [.. records.Take(2)] }, runs.Context(generation: 9)).WeightsSha256);
    }

    [Fact]
    public void Run_DiskTakesNothing_TheResultWaitsAndNothingElseEndsTheRun()
    {
        using var runs = new TestRuns();
        var work = TestRuns.Work(
            "tokenizer", 4,
            new Dictionary<string, string>(FourLeaves) { ["training.sampleSteps"] = "2", ["training.checkpointSeconds"] = "3600" });
        var undisturbed = runs.Train(work with { RunId = "undisturbed" });
        // Nothing is taken until somebody hears of it and makes room.
        var full = new HashSet<string> { "samples", "checkpoints", "metrics", "weights.safetensors", "loss.png" };
        var store = new RefusingStore(
            runs.Store, name => full.Any(f => name.StartsWith($"runs/run/{f}", StringComparison.Ordinal)) ? RefusingStore.Full : null);
        var warnings = new List<string>();
        void Warn(string line)
        {
            warnings.Add(line);
            if (line.StartsWith("Writing a checkpoint", StringComparison.Ordinal)) full.Remove("checkpoints");
            if (line.StartsWith("Writing the metrics", StringComparison.Ordinal)) full.Remove("metrics");
            if (line.StartsWith("Writing the weights", StringComparison.Ordinal)) full.Remove("weights.safetensors");
        }

        var result = runs.Train(work, new WorkContext { Generation = 1, Device = runs.Context().Device, Artifacts = store, Warn = Warn });

        Assert.Equal((undisturbed.WeightsSha256, undisturbed.FinalLoss), (result.WeightsSha256, result.FinalLoss));
        Assert.Null(result.LossCurve);
        Assert.NotNull(result.Checkpoint);
        Assert.True(File.Exists(runs.FileOf(result.Weights.Name)));
        Assert.Equal(StepMetricsLog.Read(runs.Store, "undisturbed"), StepMetricsLog.Read(runs.Store, "run"));
        string[] said = ["Showing pictures of run run after step 2", "Showing pictures of run run after step 4", "Writing a checkpoint",
            "Writing the metrics", "Drawing the loss", "Writing the weights"];
        Assert.All(said, line => Assert.Single(warnings, w => w.StartsWith(line, StringComparison.Ordinal)));
        Assert.Equal(said.Length, warnings.Count);
    }

    [Fact]
    public void Run_WhatStandsInTheWayOfItsCheckpointsStays_FailsNamingIt()
    {
        using var runs = new TestRuns();
        var place = runs.FileOf("runs/run/checkpoints");
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        File.WriteAllText(place, "");

        var failure = Assert.Throws<WorkFaultedException>(() => runs.Train(TestRuns.Work("classifier", 2)));

        Assert.IsAssignableFrom<IOException>(failure.InnerException);
        Assert.Contains(place, failure.Message);
    }

    [Fact]
    public void Run_OwnerRefusesACheckpoint_Ends()
    {
        using var runs = new TestRuns();
        using var stop = new CancellationTokenSource();
        var context = runs.Context(publish: _ => { stop.Cancel(); return false; }, stopped: stop.Token);
        Assert.Throws<WorkInterruptedException>(() => runs.Train(TestRuns.Work("classifier", 500, FourLeaves), context));
    }

    [Fact]
    public void Run_SpecifiedForAnotherCpu_IsRefusedNamingBoth()
    {
        using var runs = new TestRuns();
        var refusal = Assert.Throws<PgmCluster.Data.BadInputException>(
            () => runs.Train(TestRuns.Work("classifier", 2, new Dictionary<string, string> { ["numerics.cpu"] = "x64-sse" })));
        Assert.Contains("x64-sse", refusal.Message);
        Assert.Contains("exactness=relaxed", refusal.Message);
    }

    [Fact]
    public void Run_BegunWithNumericsOfAnotherVersion_IsRefusedNamingBoth()
    {
        using var runs = new TestRuns();
        var work = TestRuns.Work("pgm", 2, tokens: [runs.Tokens(50)]);
        var older = work with
        {
            Specification = work.Specification.Replace(
            $"\"version\":{NumericsSettings.CurrentVersion},", "", StringComparison.Ordinal)
        };
        Assert.NotEqual(work.Specification, older.Specification);
        var refusal = Assert.Throws<BadInputException>(() => runs.Train(older));
        Assert.Contains($"version 1; this program's have {NumericsSettings.CurrentVersion}", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("--from", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_TiedWeights_AreAveragedUnderBothNames()
    {
        using var runs = new TestRuns();
        var tokenizer = runs.Train(TestRuns.Work("tokenizer", 2, run: "tokenizer"));
        var shard = WorkJson.Read<TokenizeShardResult>(new TokenizeShardItem(new TokenizeShardWork
        {
            Output = "tokens/0.safetensors",
            Tokenizer = tokenizer.Weights,
            Images = TestRuns.Images(0, 60),
            BatchSize = 16,
            Threads = 1,
        }).Run(runs.Context()));

        var model = runs.Train(TestRuns.Work("maskgit", 4, tokens: [shard.File]));

        using var file = PgmCluster.Data.Safetensors.SafetensorsFile.Open(runs.FileOf(model.Weights.Name));
        Assert.Equal(file.ReadArray<float>("tok_emb.weight"), file.ReadArray<float>("head.weight"));
        Assert.Equal(file.ReadArray<float>("ema.tok_emb.weight"), file.ReadArray<float>("ema.head.weight"));
        Assert.NotEqual(file.ReadArray<float>("ema.head.weight"), file.ReadArray<float>("head.weight"));
    }

    [Fact]
    public void Run_ImagesChangedSinceRegistration_IsRefused()
    {
        using var runs = new TestRuns();
        var other = TestRuns.Images(0, 128) with { ContentSha256 = new string('0', 64) };
        var refusal = Assert.Throws<PgmCluster.Data.BadInputException>(
            () => runs.Train(TestRuns.Work("classifier", 2) with { Images = other }));
        Assert.Contains("t10k-images-idx3-ubyte.gz", refusal.Message);
    }

    [Theory]
    [InlineData("pgm", RevealMethod.Halton)]
    [InlineData("maskgit", RevealMethod.Confidence)]
    public void Pipeline_WithMoreCores_GivesTheSameTokensPicturesAndScores(string kind, RevealMethod sampler)
    {
        using var runs = new TestRuns();
        var tokenizer = runs.Train(TestRuns.Work("tokenizer", 4, run: "tokenizer"));
        var classifier = runs.Train(TestRuns.Work("classifier", 4, run: "classifier"));
        string Outcome(int cores)
        {
            TokenizeShardResult Shard(int index) => WorkJson.Read<TokenizeShardResult>(new TokenizeShardItem(new TokenizeShardWork
            {
                Output = $"tokens/{cores}/{index}.safetensors",
                Tokenizer = tokenizer.Weights,
                Images = TestRuns.Images(index * 60, 60),
                BatchSize = 16,
                Threads = 1,
            }).Run(runs.Context(cores)));
            var shards = new[] { Shard(0), Shard(1) };
            var model = runs.Train(
                TestRuns.Work(kind, 4, FourLeaves, [.. shards.Select(s => s.File)], run: $"model{cores}"), runs.Context(cores));
            var settings = new SamplerSettings { Sampler = sampler, Steps = 4, Guidance = 1, BatchSize = 8, Threads = 1 };
            var pictures = WorkJson.Read<SampleChunkResult>(new SampleChunkItem(new SampleChunkWork
            {
                OutputPrefix = $"samples/{cores}/",
                FirstIndex = 0,
                Model = model.Weights,
                Tokenizer = tokenizer.Weights,
                Labels = [.. Enumerable.Range(0, 20).Select(i => i % 10)],
                Seed = 5,
                Settings = settings,
            }).Run(runs.Context(cores)));
            EvaluateChunkResult Chunk(EvaluationSubject subject) =>
                WorkJson.Read<EvaluateChunkResult>(new EvaluateChunkItem(new EvaluateChunkWork
                {
                    Output = $"evaluation/{cores}/{subject}.safetensors",
                    Subject = subject,
                    Classifier = classifier.Weights,
                    Tokenizer = tokenizer.Weights,
                    Model = model.Weights,
                    Images = subject == EvaluationSubject.Generated ? null : TestRuns.Images(200, 40),
                    Labels = [.. Enumerable.Range(0, 40).Select(i => i % 10)],
                    Seed = 3,
                    Settings = settings,
                }).Run(runs.Context(cores)));
            var scores = new MergeEvaluationItem(new MergeEvaluationWork
            {
                Reference = [Chunk(EvaluationSubject.Reference).Features],
                Real = [Chunk(EvaluationSubject.Real).Features],
                Reconstructed = [Chunk(EvaluationSubject.Reconstructed).Features],
                Generated = [Chunk(EvaluationSubject.Generated).Features],
                Threads = 1,
            }).Run(runs.Context(cores));
            return string.Join(
                '\n',
                [.. shards.Select(s => s.File.Sha256), model.WeightsSha256, model.EmaSha256, .. pictures.Images.Select(p => p.Sha256),
                    scores]);
        }

        var one = Outcome(1);
        Assert.Equal(one, Outcome(3));
        Assert.Contains("\"frechetReal\":", one);
    }
}

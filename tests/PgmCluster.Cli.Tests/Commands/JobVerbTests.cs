using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;

namespace PgmCluster.Cli.Tests.Commands;

public sealed class JobVerbTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeCluster _cluster = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Train_WithJson_PrintsOneObjectAndProgressOnStderr()
    {
        var run = await Run("train", "r1", "--preset", "p", "--dataset", "d", "--seed", "7", "--set", "training.steps=5", "--json");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal("completed", run.Json.GetProperty("status").GetProperty("phase").GetString());
        Assert.Equal("training", run.Json.GetProperty("status").GetProperty("kind").GetString());
        Assert.Equal("weights of r1", run.Json.GetProperty("result").GetProperty("weightsSha256").GetString());
        Assert.Contains("r1: step 30/100 (30 %), 10 steps/s, 0:07 left, loss 0.5", run.Error);
        var request = _cluster.Request<TrainingRequest>("r1");
        Assert.Equal(7, request.Seed);
        Assert.Equal("5", request.Set["training.steps"]);
    }

    [Fact]
    public async Task Train_Detached_ReturnsAfterStart()
    {
        _cluster.IsUp = true;

        var run = await Run("train", "r1", "--preset", "p", "--detach", "--json");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal("queued", run.Json.GetProperty("status").GetProperty("phase").GetString());
        Assert.DoesNotContain("watch r1", _cluster.Log);
    }

    [Theory]
    [InlineData(JobPhase.Failed, "Working: bad weather.", 1, "training 'r1' failed: Working: bad weather. Once the cause is gone, the same command goes on from the last checkpoint.")]
    [InlineData(JobPhase.Failed, "Writing to /x: the disk is full (0.1 MB free).", 2, "training 'r1' failed: Writing to /x: the disk is full (0.1 MB free). Once the cause is gone, the same command goes on from the last checkpoint.")]
    [InlineData(JobPhase.Cancelled, null, 1, "training 'r1' was cancelled. The same command starts it again.")]
    [InlineData(JobPhase.Parked, "loss is NaN", 1, "training 'r1' is parked: loss is NaN. 'pgm runs resume r1' releases it.")]
    [InlineData(JobPhase.Paused, null, 1, "training 'r1' is paused. 'pgm runs resume r1' goes on.")]
    public async Task Train_NotCompleted_SaysWhyAndWhatNext(JobPhase phase, string? reason, int code, string message)
    {
        _cluster.Endings["r1"] = (phase, reason!);

        var run = await Run("train", "r1", "--preset", "p");

        Assert.Equal(code, run.ExitCode);
        Assert.Equal($"pgm: {message}{Environment.NewLine}", run.Error);
    }

    [Fact]
    public async Task Train_Refused_ExitsWith2AndLeavesNoHome()
    {
        _cluster.Refusals["r1"] = new InvalidRequestException("Resolving preset 'pgm-smok': unknown; did you mean 'pgm-smoke'?");

        var run = await Run("train", "r1", "--preset", "pgm-smok");

        Assert.Equal(2, run.ExitCode);
        Assert.Equal($"pgm: Resolving preset 'pgm-smok': unknown; did you mean 'pgm-smoke'?{Environment.NewLine}", run.Error);
        Assert.False(Directory.Exists(_directory["home"]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Train_HomeWithUnfinishedJobs_SaysWhatElseItsSiloGoesOnWith(bool isUp)
    {
        _cluster.IsUp = isUp;
        _cluster.Jobs.Add(new CatalogEntry { Name = "old", JobKind = JobKind.Training });
        _cluster.Jobs.Add(new CatalogEntry { Name = "done", JobKind = JobKind.Sampling, AtRest = true });
        _cluster.Jobs.Add(new CatalogEntry { Name = "r1", JobKind = JobKind.Training });

        var text = await Run("train", "r1", "--preset", "p");
        var json = await Run("dataset", "list", "--json");

        var line = text.Out.Split(Environment.NewLine).SingleOrDefault(l => l.Contains("goes on with"));
        Assert.Equal(
            isUp ? null : "This command's silo also goes on with 'old' (training), not finished before; 'pgm runs cancel ID' ends one.",
            line);
        Assert.Equal(!isUp, json.Error.Contains("'old' (training)"));
    }

    [Fact]
    public async Task Train_Interrupted_ExitsWith130AfterTheSiloStopped()
    {
        using var interrupt = new CancellationTokenSource();
        _cluster.Watching = _ => interrupt.Cancel();

        var run = await CliRun.Of(_cluster, interrupt.Token, "train", "r1", "--preset", "p", "--home", _directory["home"]);

        Assert.Equal(130, run.ExitCode);
        Assert.Contains("the same command goes on from there", run.Error);
        Assert.Equal("close", _cluster.Log[^1]);
        Assert.True(Directory.Exists(_directory["home"]));
    }

    [Fact]
    public async Task Sample_ClassNamesAndOut_ResolvesNamesAndCopiesTheGrid()
    {
        await Run("dataset", "add", "fashion", _directory.Root);
        await Run("tokenize", "t1", "--dataset", "fashion", "--tokenizer", "tok");
        await Run("train", "r1", "--preset", "p", "--tokens", "t1");

        var run = await Run(
            "sample", "s1", "--model", "r1", "--classes", "bag, Ankle boot,0", "--out", _directory["grid.png"], "--guidance", "1.5");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal([8, 9, 0], _cluster.Request<SamplingRequest>("s1").Classes);
        Assert.Equal(1.5, _cluster.Request<SamplingRequest>("s1").Settings.Guidance);
        Assert.Equal("grid of s1", File.ReadAllText(_directory["grid.png"]));
    }

    [Fact]
    public async Task Tokenize_SplitsFlipsAndBadImages_AreAskedForAndTheEstimateComesFirst()
    {
        await Run("dataset", "add", "fashion", _directory.Root);

        var run = await Run(
            "tokenize", "t1", "--dataset", "fashion", "--tokenizer", "tok", "--split", "train,validation", "--flips", "--bad-images",
            "skip:3");

        Assert.Equal(0, run.ExitCode);
        var asked = _cluster.Request<TokenizationRequest>("t1");
        Assert.Equal(("train", true, 3), (asked.Split, asked.Flips, asked.SkipBad));
        Assert.Equal(["validation"], asked.AlsoSplits);
        Assert.StartsWith(
            "t1: 9,000 images in 5 shards, 100 at once, 918 kB of tokens; about 0:05 at the 1,800 images/s of tokenization 't0'", run.Out);
    }

    [Theory]
    [InlineData("Reading the tar archive /d/a.tar: it is cut. Fetch or copy it anew.", 2)]
    [InlineData("5 workers in a row were lost over register-d-1/shard3 without getting past 0: it may be what kills them.", 1)]
    [InlineData("Bus error. It failed at the same place 3 times on a/cpu:0.", 1)]
    public async Task DatasetAdd_ItsJobFails_ExitsByWhetherRepeatingMayHelp(string message, int code)
    {
        _cluster.Endings["register-d-1"] = (JobPhase.Failed, message);

        var run = await Run("dataset", "add", "d", _directory.Root);

        Assert.Equal(code, run.ExitCode);
        Assert.Contains(message.TrimEnd('.'), run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sample_DatasetWasRemoved_KnowsTheNamesThatTheTokensWereMadeWith()
    {
        await Run("dataset", "add", "fashion", _directory.Root);
        await Run("tokenize", "t1", "--dataset", "fashion", "--tokenizer", "tok");
        await Run("train", "r1", "--preset", "p", "--tokens", "t1");
        Assert.Equal(0, (await Run("dataset", "remove", "fashion")).ExitCode);

        var run = await Run("sample", "s1", "--model", "r1", "--classes", "bag");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal([8], _cluster.Request<SamplingRequest>("s1").Classes);
    }

    [Fact]
    public async Task Sample_UnknownClassName_SuggestsTheNearest()
    {
        await Run("dataset", "add", "fashion", _directory.Root);
        await Run("tokenize", "t1", "--dataset", "fashion", "--tokenizer", "tok");
        await Run("train", "r1", "--preset", "p", "--tokens", "t1");

        var run = await Run("sample", "s1", "--model", "r1", "--classes", "Snaeker");

        Assert.Equal(2, run.ExitCode);
        Assert.Equal($"pgm: Dataset 'fashion' has no class 'Snaeker'; did you mean 'Sneaker'?{Environment.NewLine}", run.Error);
    }

    [Fact]
    public async Task Sample_OutInMissingDirectory_ExitsWith2BeforeAnyWork()
    {
        var run = await Run("sample", "s1", "--model", "r1", "--out", _directory["none/grid.png"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Empty(_cluster.Log);
    }

    [Fact]
    public async Task Evaluate_Completed_ShowsTheScoresByTheirNames()
    {
        var run = await Run("evaluate", "e1", "--model", "m", "--classifier", "c");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Frechet distance (classifier features, not FID)", run.Out);
        Assert.Contains("0.88", run.Out);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Evaluate_WithInception_ShowsFidRoundedAndKeepsItExactInJson(bool byVariable)
    {
        var weights = Path.Combine(_directory["files"], "inception.safetensors");
        Directory.CreateDirectory(_directory["files"]);
        File.WriteAllText(weights, "");
        if (byVariable) _cluster.Variables["PGM_INCEPTION"] = weights;
        string[] command = ["evaluate", "e1", "--model", "m", "--features", "inception", "--statistics", "real",
            .. byVariable ? Array.Empty<string>() : ["--inception", weights]];

        var run = await Run(command);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("FID", run.Out);
        Assert.DoesNotContain("not FID", run.Out);
        Assert.Contains("5.543", run.Out);
        Assert.Contains("Inception score 123.5.", run.Out);
        Assert.Contains("Precision 0.7654, recall 0.5, density 0.9, coverage 0.8 (3 neighbours, in 5 chunks as published).", run.Out);
        Assert.Contains("50000 images of imagenet/validation (cccccccc), seen by inception.safetensors (weights bbbbbbbb)", run.Out);
        var request = _cluster.Request<EvaluationRequest>("e1");
        Assert.Equal((weights, "real", null), (request.Inception, request.Statistics, request.Classifier));
        Assert.Equal(5.54321, (await Run([.. command, "--json"])).Json.GetProperty("result").GetProperty("frechetGenerated").GetDouble());
    }

    [Fact]
    public async Task Evaluate_InceptionWithoutWeights_SaysWhatToDoInOneLine()
    {
        var run = await Run("evaluate", "e1", "--model", "m", "--features", "inception");

        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith("pgm: Fetching http://127.0.0.1:1/weights.pth: ", run.Error);
        Assert.EndsWith($"name it with --inception FILE or PGM_INCEPTION=FILE.{Environment.NewLine}", run.Error);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
        Assert.DoesNotContain("start e1", _cluster.Log);
    }

    [Fact]
    public async Task Statistics_OfAClassifier_AreNamedByWhatTheyAreOf()
    {
        var run = await Run("dataset", "statistics", "shoes", "--features", "cls", "--size", "28");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("9000 of shoes/train at 28 pixels", run.Out);
        var request = _cluster.Request<StatisticsRequest>("shoes-train-cls-28");
        Assert.Equal(("shoes", "cls", 28, null), (request.Dataset, request.Classifier, request.ImageSize, request.Inception));
    }

    [Fact]
    public async Task Evaluate_WithAPreset_TakesItsValuesWhereTheCommandLineSaysNothing()
    {
        var run = await Run(
            "evaluate", "e2", "--model", "m", "--features", "classifier", "--classifier", "c", "--preset", "pgm-12-12-confidence",
            "--steps", "8");

        Assert.Equal(0, run.ExitCode);
        var request = _cluster.Request<EvaluationRequest>("e2");
        Assert.Equal((50_000, "confidence", 8, 3.0, true),
            (request.Images, request.Settings.Sampler, request.Settings.Steps, request.Settings.Guidance,
                request.Settings.CompatReference));
    }

    private Task<CliRun> Run(params string[] args) => CliRun.Of(_cluster, [.. args, "--home", _directory["home"]]);
}

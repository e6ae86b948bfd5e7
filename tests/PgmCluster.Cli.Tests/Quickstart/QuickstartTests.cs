using System.Text.Json;
using PgmCluster.Cli.Homes;
using PgmCluster.Cli.Quickstart;
using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;
using PgmCluster.TestSupport;

namespace PgmCluster.Cli.Tests.Quickstart;

public sealed class QuickstartTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeCluster _cluster = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Quickstart_EmptyDirectory_RunsTheStagesInOrder()
    {
        var run = await Run();

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(
        [
            "register fashion-mnist, 1000 held out",
            "start smoke-s3-classifier", "watch smoke-s3-classifier",
            "start smoke-s3-tokenizer", "watch smoke-s3-tokenizer",
            "start smoke-s3-tokenize", "watch smoke-s3-tokenize",
            "start smoke-s3-pgm", "watch smoke-s3-pgm",
            "start smoke-s3-sample", "watch smoke-s3-sample",
            "start smoke-s3-evaluate", "watch smoke-s3-evaluate",
            "start smoke-s3-maskgit", "watch smoke-s3-maskgit",
            "start smoke-s3-evaluate-maskgit", "watch smoke-s3-evaluate-maskgit",
            "measure 2 models",
            "close",
        ], _cluster.Log);
    }

    [Fact]
    public async Task Quickstart_Requests_BuildOnEachOther()
    {
        await Run();

        Assert.Equal(("tokenizer-smoke", "fashion-mnist", 3), Facts(_cluster.Request<TrainingRequest>("smoke-s3-tokenizer")));
        Assert.Equal(("smoke-s3-tokenizer", 1000, "train"), ShardFacts(_cluster.Request<TokenizationRequest>("smoke-s3-tokenize")));
        Assert.Equal("smoke-s3-tokenize", _cluster.Request<TrainingRequest>("smoke-s3-pgm").Tokens);
        Assert.Null(_cluster.Request<TrainingRequest>("smoke-s3-pgm").Dataset);
        var sampling = _cluster.Request<SamplingRequest>("smoke-s3-sample");
        var evaluation = _cluster.Request<EvaluationRequest>("smoke-s3-evaluate");
        Assert.Equal(("smoke-s3-pgm", 8), (sampling.Model, sampling.ImagesPerClass));
        Assert.Equal(("smoke-s3-pgm", "smoke-s3-classifier", 200), (evaluation.Model, evaluation.Classifier, evaluation.Images));
        Assert.Equal(sampling.Settings, evaluation.Settings);
        Assert.Equal(
            ("maskgit-smoke", "smoke-s3-tokenize"),
            (_cluster.Request<TrainingRequest>("smoke-s3-maskgit").Preset, _cluster.Request<TrainingRequest>("smoke-s3-maskgit").Tokens));
        Assert.Equal(evaluation with { Model = "smoke-s3-maskgit" }, _cluster.Request<EvaluationRequest>("smoke-s3-evaluate-maskgit"));

        static (string, string?, long) Facts(TrainingRequest r) => (r.Preset, r.Dataset, r.Seed);
        static (string, int, string) ShardFacts(TokenizationRequest r) => (r.Tokenizer, r.ShardSize, r.Split);
    }

    [Fact]
    public void Demo_Plan_MeasuresWhatTheScoresAreDefinedFor()
    {
        Assert.Equal(
            (1000, 1000, 1000, 8),
            (QuickstartPlans.Demo.ValidationShare * 10_000, QuickstartPlans.Demo.EvaluationImages, QuickstartPlans.Demo.ShardSize,
                QuickstartPlans.Demo.GridImagesPerClass));
        Assert.Equal("demo-s0-pgm", QuickstartPlans.Demo.JobId(0, QuickstartStages.Pgm));
    }

    [Fact]
    public async Task Quickstart_Completed_WritesSummaryOfTheDocumentedShape()
    {
        var run = await Run("--json");

        Assert.Equal(File.ReadAllText(_directory["out/summary.json"]), run.Out);
        Assert.Equal(
        [
            "preset", "seed", "stages[].name", "stages[].seconds", "dataset.name", "dataset.images", "dataset.classes",
            "tokenizer.codebook", "tokenizer.codesUsed", "tokenizer.reconstructionMse",
            "training.steps", "training.finalLoss", "training.parameters", "training.weightsSha256",
            "evaluation.classifierAccuracyReal", "evaluation.classAccuracyReconstructed", "evaluation.classAccuracyGenerated",
            "evaluation.frechetReal", "evaluation.frechetReconstructed", "evaluation.frechetGenerated",
            "baseline.steps", "baseline.finalLoss", "baseline.parameters", "baseline.weightsSha256", "baseline.classAccuracyGenerated",
            "baseline.frechetGenerated",
            "speed.batch", "speed.pgmImagesPerSecond", "speed.maskGitImagesPerSecond", "speed.ratio", "speed.countedRatio",
            "artifacts.grid", "artifacts.lossCurve", "artifacts.checkpoint",
        ], Paths(run.Json, "").Distinct());
        Assert.Equal("weights of smoke-s3-pgm", run.Json.GetProperty("training").GetProperty("weightsSha256").GetString());
        Assert.Equal("grid of smoke-s3-sample", File.ReadAllText(run.Json.GetProperty("artifacts").GetProperty("grid").GetString()!));
        Assert.Equal("curve of smoke-s3-pgm", File.ReadAllText(_directory["out/loss.png"]));
        Assert.Contains("[5/10] pgm: step 30/100", run.Error);
    }

    [Fact]
    public async Task Quickstart_Again_GivesTheSameSummary()
    {
        var first = await Run("--json");
        var second = await Run("--json");

        Assert.Equal(first.Out, second.Out);
        Assert.Single(_cluster.Log, "measure 2 models");
    }

    [Fact]
    public async Task Quickstart_OtherSeed_WorksBesideTheFirst()
    {
        await Run();

        var run = await CliRun.Of(_cluster, "quickstart", "--preset", "smoke", "--seed", "4", "--out", _directory["out"], "--json");

        Assert.Equal("weights of smoke-s4-pgm", run.Json.GetProperty("training").GetProperty("weightsSha256").GetString());
        Assert.Contains("start smoke-s3-pgm", _cluster.Log);
    }

    [Fact]
    public async Task Quickstart_DatasetRefused_ExitsWith2AndLeavesNothing()
    {
        _cluster.Refusals["fashion-mnist"] = new InvalidRequestException(
            "Reading /x/t10k-images-idx3-ubyte.gz: it ends after 10 of 7840016 bytes. Fetch it again.");

        var run = await Run();

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("it ends after 10 of", run.Error);
        Assert.False(Directory.Exists(_directory["out"]));
    }

    [Fact]
    public async Task Quickstart_LaterStageFails_KeepsWhatWasDone()
    {
        _cluster.Endings["smoke-s3-pgm"] = (JobPhase.Failed, "Writing to /x: the disk is full (0.0 MB free). Make room there.");

        var run = await Run();

        Assert.Equal(2, run.ExitCode);
        Assert.True(File.Exists(_directory["out/.pgm-home"]));
        Assert.False(File.Exists(_directory["out/summary.json"]));
        Assert.False(File.Exists(_directory["out/grid.png"]));

        _cluster.Endings.Clear();
        Assert.Equal(0, (await Run()).ExitCode);
    }

    [Fact]
    public async Task Quickstart_FreshInForeignDirectory_IsRefused()
    {
        Directory.CreateDirectory(_directory["out/artifacts"]);
        File.WriteAllText(_directory["out/artifacts/mine"], "x");

        var run = await Run("--fresh");

        Assert.Equal(2, run.ExitCode);
        Assert.True(File.Exists(_directory["out/artifacts/mine"]));
        Assert.Equal(0, _cluster.Embedded);
    }

    [Fact]
    public async Task Quickstart_Fresh_RemovesTheEarlierRun()
    {
        await Run();
        File.WriteAllText(_directory["out/artifacts/old"], "x");

        var run = await Run("--fresh");

        Assert.Equal(0, run.ExitCode);
        Assert.False(File.Exists(_directory["out/artifacts/old"]));
        Assert.True(File.Exists(_directory["out/summary.json"]));
    }

    [Fact]
    public async Task Quickstart_MissingData_ExitsWith2NamingIt()
    {
        var run = await Run("--data", _directory["none"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(_directory["none"], run.Error);
        Assert.False(Directory.Exists(_directory["out"]));
    }

    [Fact]
    public void Locate_OtherDirectory_TakesItsName()
    {
        var path = Directory.CreateDirectory(_directory["My Pictures"]).FullName;

        Assert.Equal(new SampleData("my-pictures", path), SampleData.Locate(path + "/"));
    }

    [Fact]
    public async Task Measure_InterruptedStage_AddsUp()
    {
        var (path, time) = (_directory["clock.json"], new ManualTime());
        var interruption = new TaskCompletionSource();
        var fails = StageClock.Open(path, time).MeasureAsync<int>("a", async () =>
        {
            await interruption.Task;
            throw new InvalidOperationException();
        });
        time.Advance(TimeSpan.FromSeconds(3));
        // It is kept while the stage runs, so that a process that is killed has it.
        while (!File.Exists(path)) await Task.Yield();
        interruption.SetResult();
        await Assert.ThrowsAsync<InvalidOperationException>(() => fails);

        var second = StageClock.Open(path, time);
        await second.MeasureAsync("a", () =>
        {
            time.Advance(TimeSpan.FromSeconds(4));
            return Task.FromResult(0);
        });
        Assert.Equal(7, second.Seconds("a"));

        var third = StageClock.Open(path, time);
        await third.MeasureAsync("a", () =>
        {
            time.Advance(TimeSpan.FromSeconds(4));
            return Task.FromResult(0);
        });
        Assert.Equal(7, third.Seconds("a"));
    }

    private Task<CliRun> Run(params string[] more) =>
        CliRun.Of(_cluster, ["quickstart", "--preset", "smoke", "--seed", "3", "--out", _directory["out"], .. more]);

    private static IEnumerable<string> Paths(JsonElement element, string prefix) => element.ValueKind switch
    {
        JsonValueKind.Object =>
            element.EnumerateObject().SelectMany(p => Paths(p.Value, prefix.Length == 0 ? p.Name : $"{prefix}.{p.Name}")),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(e => Paths(e, $"{prefix}[]")),
        _ => [prefix],
    };
}

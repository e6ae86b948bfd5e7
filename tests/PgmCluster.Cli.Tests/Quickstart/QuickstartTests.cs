using System.Security.Cryptography;
using PgmCluster.Cli.Homes;
using PgmCluster.Cli.Quickstart;
using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;
using PgmCluster.Data.Images;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Specifications;

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
            "start smoke-s3-tokenize-held", "watch smoke-s3-tokenize-held",
            "start smoke-s3-model", "watch smoke-s3-model",
            "start smoke-s3-sample", "watch smoke-s3-sample",
            "start smoke-s3-evaluate-bits", "watch smoke-s3-evaluate-bits",
            "start smoke-s3-evaluate", "watch smoke-s3-evaluate",
            "measure 1 models",
            "close",
        ], _cluster.Log);
    }

    /// <summary>Who works with a cluster would look there for what runs here.</summary>
    [Fact]
    public async Task Quickstart_EnvironmentNamesACluster_SaysThatItIsNotUsed()
    {
        _cluster.Variables["PGM_GATEWAY"] = "db1:30000";

        var run = await Run();

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("PGM_GATEWAY is set and not used: this command runs a silo of its own, on ", run.Out);
        Assert.DoesNotContain(_cluster.Log, line => line.StartsWith("connect", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Quickstart_Compare_AddsBothBaselinesAndMeasuresAllInTurns()
    {
        await Run();
        _cluster.Log.Clear();

        var run = await Run("--compare");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(
        [
            "start smoke-s3-pgm", "watch smoke-s3-pgm",
            "start smoke-s3-evaluate-pgm-bits", "watch smoke-s3-evaluate-pgm-bits",
            "start smoke-s3-evaluate-pgm", "watch smoke-s3-evaluate-pgm",
            "start smoke-s3-maskgit", "watch smoke-s3-maskgit",
            "start smoke-s3-evaluate-maskgit-bits", "watch smoke-s3-evaluate-maskgit-bits",
            "start smoke-s3-evaluate-maskgit", "watch smoke-s3-evaluate-maskgit",
            "measure 3 models",
            "close",
        ], _cluster.Log.SkipWhile(line => line != "start smoke-s3-pgm"));
        foreach (var row in new[] { "pgm-once", "pgm", "maskgit" }) Assert.Matches($@"(?m)^ *{row} +100 .* 0\.88 +25 .* 3\.654 ", run.Out);
    }

    [Fact]
    public async Task Quickstart_Requests_BuildOnEachOther()
    {
        await Run("--compare");

        Assert.Equal(("tokenizer-smoke", "fashion-mnist", 3), Facts(_cluster.Request<TrainingRequest>("smoke-s3-tokenizer")));
        Assert.Equal(("smoke-s3-tokenizer", 1000, "train"), ShardFacts(_cluster.Request<TokenizationRequest>("smoke-s3-tokenize")));
        var model = _cluster.Request<TrainingRequest>("smoke-s3-model");
        Assert.Equal(("pgm-once-smoke", "smoke-s3-tokenize", null), (model.Preset, model.Tokens, model.Dataset));
        var sampling = _cluster.Request<SamplingRequest>("smoke-s3-sample");
        var evaluation = _cluster.Request<EvaluationRequest>("smoke-s3-evaluate");
        Assert.Equal(("smoke-s3-model", 8), (sampling.Model, sampling.ImagesPerClass));
        Assert.Equal(("smoke-s3-model", "smoke-s3-classifier", 200), (evaluation.Model, evaluation.Classifier, evaluation.Images));
        Assert.Equal(sampling.Settings, evaluation.Settings);
        var bits = _cluster.Request<LikelihoodRequest>("smoke-s3-evaluate-bits");
        Assert.Equal(("smoke-s3-model", "smoke-s3-tokenize-held", sampling.Settings.Steps), (bits.Model, bits.Tokens, bits.Steps));
        Assert.Equal("validation", _cluster.Request<TokenizationRequest>("smoke-s3-tokenize-held").Split);
        foreach (var baseline in new[] { "pgm", "maskgit" })
        {
            var training = _cluster.Request<TrainingRequest>($"smoke-s3-{baseline}");
            Assert.Equal(
                ($"{baseline}-smoke", model.Tokens, model.Set["training.steps"]),
                (training.Preset, training.Tokens, training.Set["training.steps"]));
            Assert.Equal(
                evaluation with { Model = $"smoke-s3-{baseline}" }, _cluster.Request<EvaluationRequest>($"smoke-s3-evaluate-{baseline}"));
        }

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
        Assert.Equal("demo-s0-model", QuickstartPlans.Demo.JobId(0, QuickstartStages.Model));
    }

    [Theory]
    [InlineData("demo")]
    [InlineData("smoke")]
    public void Plan_Presets_MakeModelsOfTheNamedKinds(string preset)
    {
        var plan = QuickstartPlans.Find(preset);
        var facts = new DataFacts { Classes = 10, Codebook = 256, Height = 7, Width = 7 };

        Assert.Equal(
            ["classifier", "tokenizer", "pgm-once", "pgm", "maskgit"],
            plan.Baselines.Prepend(plan.Model).Select(m => m.Preset).Prepend(plan.TokenizerPreset).Prepend(plan.ClassifierPreset)
                .Select(name => new SpecificationResolver().Resolve(name, new Dictionary<string, string>(), 1, facts).Kind));
    }

    /// <summary>Scores are compared with those of earlier versions: what they are measured with does not change.</summary>
    [Fact]
    public void Demo_Classifier_IsThePresetThatScoresWereAlwaysMeasuredWith()
    {
        Assert.Equal("classifier-fashion", QuickstartPlans.Demo.ClassifierPreset);
        var assembly = typeof(SpecificationResolver).Assembly;
        using var preset = assembly.GetManifestResourceStream("preset:classifier-fashion")!;
        Assert.Equal(
            "2a447251bf3c2cc3aa7e56c1627ba5cf9f197ccf4a7824801d62b16bd31c78c8", Convert.ToHexStringLower(SHA256.HashData(preset)));
    }

    [Fact]
    public async Task Quickstart_Completed_DrawsEveryStagesLossInOnePicture()
    {
        await Run();

        var loss = Picture(_directory["out/loss.png"]);
        await Run("--compare");
        var all = Picture(_directory["out/loss.png"]);

        // Classifier, tokenizer and model; then PGM and MaskGIT below them.
        Assert.Equal((loss.Width, loss.Height * 5), (all.Width, all.Height * 3));
    }

    [Fact]
    public async Task Quickstart_ModelInTraining_ShowsItsSamplesAsTheGrid()
    {
        var sample = PngWriter.Encode(new RgbImage(2, 1, [200, 100, 0, 0, 100, 200]));
        _cluster.StepsDone = 60;
        _cluster.Endings["smoke-s3-model"] = (JobPhase.Failed, "Stopped here.");
        _cluster.Watching = id =>
        {
            if (id != "smoke-s3-model") return;
            var path = _directory["out/artifacts/" + RunFiles.Samples(id, 50)];
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, sample);
        };

        await Run();

        var grid = Picture(_directory["out/grid.png"]);
        Assert.Equal(2 * grid.Height, grid.Width);
        Assert.True(grid.Height > 100, "It is as small as the samples.");
        Assert.Equal([200, 100, 0], grid.Pixels[..3]);
        Assert.Equal([0, 100, 200], grid.Pixels[^3..]);
    }

    [Fact]
    public async Task Quickstart_Again_GivesTheSameSummary()
    {
        var first = await Run("--json");
        var second = await Run("--json");

        Assert.Equal(first.Out, second.Out);
        Assert.Single(_cluster.Log, "measure 1 models");
    }

    [Fact]
    public async Task Quickstart_OtherSeed_WorksBesideTheFirst()
    {
        await Run();

        var run = await CliRun.Of(_cluster, "quickstart", "--preset", "smoke", "--seed", "4", "--out", _directory["out"], "--json");

        Assert.Equal("weights of smoke-s4-model", run.Json.GetProperty("training").GetProperty("weightsSha256").GetString());
        Assert.Contains("start smoke-s3-model", _cluster.Log);
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
        _cluster.Endings["smoke-s3-model"] = (JobPhase.Failed, "Writing to /x: the disk is full (0.0 MB free). Make room there.");

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

    private Task<CliRun> Run(params string[] more) =>
        CliRun.Of(_cluster, ["quickstart", "--preset", "smoke", "--seed", "3", "--out", _directory["out"], .. more]);

    private static RgbImage Picture(string path) => ImageDecoder.Decode(File.ReadAllBytes(path), path);
}

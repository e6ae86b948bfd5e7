using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Runs;

namespace PgmCluster.Cli.Tests.Commands;

public sealed class RunsCommandsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeCluster _cluster = new() { IsUp = true };

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task List_AllKinds_OneObject()
    {
        await Run("train", "r1", "--preset", "p");
        await Run("evaluate", "e1", "--model", "r1", "--classifier", "c");

        var run = await Run("runs", "list", "--json");

        Assert.Equal(["r1", "e1"], run.Json.GetProperty("runs").EnumerateArray().Select(r => r.GetProperty("id").GetString()));
        Assert.Equal(
            ["training", "evaluation"], run.Json.GetProperty("runs").EnumerateArray().Select(r => r.GetProperty("kind").GetString()));
    }

    [Fact]
    public async Task Show_UnknownId_SuggestsTheNearest()
    {
        await Run("train", "my-run", "--preset", "p");

        var run = await Run("runs", "show", "my-rum");

        Assert.Equal(2, run.ExitCode);
        Assert.Equal($"pgm: Looking for run or job 'my-rum': there is none; did you mean 'my-run'?{Environment.NewLine}", run.Error);
    }

    [Fact]
    public async Task Show_TrainingRun_HasItsSpecification()
    {
        await Run("train", "r1", "--preset", "p");

        var run = await Run("runs", "show", "r1", "--json");

        Assert.Equal("pgm", run.Json.GetProperty("specification").GetProperty("kind").GetString());
        Assert.Equal(20, run.Json.GetProperty("durableStep").GetInt64());
        Assert.Equal(100, run.Json.GetProperty("result").GetProperty("steps").GetInt64());
    }

    [Fact]
    public async Task TensorBoard_TrainingRun_WritesItsStepsAndReplacesTheFile()
    {
        await Run("train", "r1", "--preset", "p");
        var store = new DirectoryArtifactStore(Path.Combine(_directory["home"], "artifacts"));
        using (var log = new StepMetricsLog(store, "r1", 1))
        {
            for (var step = 0; step < 3; step++) log.Add(new StepMetrics(step, 2 - step, 1, 0.1, step == 2 ? 1.5 : null));
        }

        var first = await Run("runs", "tensorboard", "r1", "--out", _directory["curves/deep"], "--json");
        var second = await Run("runs", "tensorboard", "r1", "--out", _directory["curves/deep"]);

        Assert.Equal(0, first.ExitCode);
        Assert.Equal(3, first.Json.GetProperty("steps").GetInt32());
        Assert.Contains("3 steps", second.Out);
        var file = Assert.Single(Directory.GetFiles(_directory["curves/deep"]));
        Assert.Equal(file, first.Json.GetProperty("file").GetString());
        var text = System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(file));
        Assert.Equal(3, text.Split("train/loss").Length - 1);
        Assert.Equal(1, text.Split("validation/loss").Length - 1);
    }

    [Fact]
    public async Task TensorBoard_NothingToExport_ExitsWith2AndOneLine()
    {
        await Run("train", "r1", "--preset", "p");
        await Run("evaluate", "e1", "--model", "r1", "--classifier", "c");

        var early = await Run("runs", "tensorboard", "r1", "--out", _directory["curves"]);
        var other = await Run("runs", "tensorboard", "e1", "--out", _directory["curves"]);

        Assert.Equal((2, 2), (early.ExitCode, other.ExitCode));
        Assert.Contains("no step is done yet", early.Error);
        Assert.Contains("not a training run", other.Error);
    }

    [Fact]
    public async Task Pause_OtherKindThanTraining_ExitsWith2()
    {
        await Run("evaluate", "e1", "--model", "r1", "--classifier", "c");

        var run = await Run("runs", "pause", "e1");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("only training runs can be paused", run.Error);
    }

    [Theory]
    [InlineData("pause", "paused")]
    [InlineData("cancel", "cancelled")]
    public async Task Control_TrainingRun_PrintsTheNewPhase(string verb, string phase)
    {
        await Run("train", "r1", "--preset", "p", "--detach");

        var run = await Run("runs", verb, "r1", "--json");

        Assert.Equal(phase, run.Json.GetProperty("status").GetProperty("phase").GetString());
    }

    [Fact]
    public async Task Resume_PausedRun_WaitsForItsEnd()
    {
        await Run("train", "r1", "--preset", "p", "--detach");
        await Run("runs", "pause", "r1");

        var run = await Run("runs", "resume", "r1", "--json");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal("completed", run.Json.GetProperty("status").GetProperty("phase").GetString());
    }

    [Fact]
    public async Task Watch_Job_EndsWithItsResult()
    {
        await Run("evaluate", "e1", "--model", "r1", "--classifier", "c", "--detach");

        var run = await Run("runs", "watch", "e1", "--json");

        Assert.Equal(0.88, run.Json.GetProperty("result").GetProperty("classAccuracyGenerated").GetDouble());
    }

    [Fact]
    public async Task DatasetShow_UnknownName_SuggestsTheNearest()
    {
        await Run("dataset", "add", "fashion-mnist", _directory.Root);

        var run = await Run("dataset", "show", "fashion-mnits");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("did you mean 'fashion-mnist'?", run.Error);
    }

    [Fact]
    public async Task Presets_WithJson_NamesAndKinds()
    {
        var run = await Run("presets", "--json");

        Assert.Equal("pgm-smoke", run.Json.GetProperty("presets")[0].GetProperty("name").GetString());
        Assert.Equal("pgm", run.Json.GetProperty("presets")[0].GetProperty("kind").GetString());
    }

    private Task<CliRun> Run(params string[] args) => CliRun.Of(_cluster, [.. args, "--home", _directory["home"]]);
}

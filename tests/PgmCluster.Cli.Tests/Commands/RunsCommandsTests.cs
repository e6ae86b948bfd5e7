using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
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
    public async Task List_MoreThanAScreen_ShowsTheNewestAndSaysSo_AndJsonHasAll()
    {
        await StartMany(120);

        var shown = await Run("runs", "list");
        Assert.Equal(50, Ids(shown.Out).Count);
        Assert.Equal(("r071", "r120"), (Ids(shown.Out)[0], Ids(shown.Out)[^1]));
        Assert.Contains("The 50 newest: --all shows those before as well.", shown.Out);

        Assert.Equal(120, Ids((await Run("runs", "list", "--all")).Out).Count);
        Assert.Equal(["r118", "r119", "r120"], Ids((await Run("runs", "list", "--limit", "3")).Out));
        Assert.Equal(120, (await Run("runs", "list", "--json")).Json.GetProperty("runs").GetArrayLength());
        Assert.Equal(3, (await Run("runs", "list", "--limit", "3", "--json")).Json.GetProperty("runs").GetArrayLength());
        Assert.Equal(2, (await Run("runs", "list", "--limit", "0")).ExitCode);
        Assert.Equal(2, (await Run("runs", "list", "--limit", "3", "--all")).ExitCode);
    }

    [Fact]
    public async Task List_OfAKindAndAPhase_ShowsThemAlone()
    {
        await StartMany(3);
        await Run("evaluate", "e1", "--model", "r001", "--classifier", "c");
        await Run("runs", "cancel", "r002");

        Assert.Equal(["e1"], Ids((await Run("runs", "list", "--kind", "evaluation")).Out));
        Assert.Equal(["r002"], Ids((await Run("runs", "list", "--phase", "cancelled")).Out));
        Assert.Equal(["r001", "r003"], Ids((await Run("runs", "list", "--kind", "training", "--phase", "queued")).Out));
        Assert.Equal(2, (await Run("runs", "list", "--phase", "asleep")).ExitCode);
    }

    [Fact]
    public async Task List_WithLabels_ShowsThemAndFiltersByAllThatAreGiven()
    {
        await Run("train", "r1", "--preset", "p", "--label", "project=shoes", "--label", "note=a=b", "--detach");
        await Run("train", "r2", "--preset", "p", "--label", "project=shoes", "--detach");
        await Run("train", "r3", "--preset", "p", "--detach");

        var all = await Run("runs", "list");
        Assert.Equal(["r1", "r2", "r3"], Ids(all.Out));
        Assert.Contains("note=a=b, project=shoes", all.Out);
        Assert.Equal(["r1", "r2"], Ids((await Run("runs", "list", "--label", "project=shoes")).Out));
        Assert.Equal(["r1"], Ids((await Run("runs", "list", "--label", "project=shoes", "--label", "note=a=b")).Out));
        Assert.DoesNotContain("labels", (await Run("runs", "list", "--limit", "1")).Out);
        Assert.Contains("note=a=b, project=shoes", (await Run("runs", "show", "r1")).Out);
        var shown = (await Run("runs", "show", "r2", "--json")).Json.GetProperty("status").GetProperty("labels");
        Assert.Equal("shoes", shown.GetProperty("project").GetString());
        var cancelled = await Run("runs", "cancel", "--label", "note=a=b", "--json");
        Assert.Equal("r1", Assert.Single(cancelled.Json.GetProperty("jobs").EnumerateArray()).GetProperty("id").GetString());
    }

    [Theory]
    [InlineData("--label shoes is no KEY=VALUE", "shoes")]
    [InlineData("Label 'a' is given twice, as '1' and '2'", "a=1", "a=2")]
    [InlineData("'-a' cannot be a label's key", "-a=1")]
    public async Task Label_ThatIsNone_ExitsWith2(string said, params string[] labels)
    {
        foreach (var command in new[] { new[] { "runs", "list" }, ["train", "r1", "--preset", "p"] })
        {
            var run = await Run([.. command, .. labels.SelectMany(l => new[] { "--label", l })]);

            Assert.Equal(2, run.ExitCode);
            Assert.Contains(said, run.Error);
        }
    }

    [Fact]
    public async Task List_JobThatCannotBeRead_IsShownWithTheReason_AndTheOthersAreListed()
    {
        await Run("train", "r1", "--preset", "p");
        _cluster.Jobs.Add(new CatalogEntry { Name = "old", JobKind = JobKind.Training, Trouble = "its state has format 9" });
        _cluster.Jobs.Add(new CatalogEntry { Name = "lost", JobKind = JobKind.Sampling });

        var json = (await Run("runs", "list", "--json")).Json;
        var shown = await Run("runs", "list");

        Assert.Equal("r1", Assert.Single(json.GetProperty("runs").EnumerateArray()).GetProperty("id").GetString());
        Assert.Equal(
            [("old", "its state has format 9"), ("lost", "Nothing was started under 'lost'.")],
            json.GetProperty("unreadable").EnumerateArray().Select(
                j => (j.GetProperty("id").GetString()!, j.GetProperty("reason").GetString()!)));
        Assert.Equal(["r1", "old", "lost"], Ids(shown.Out));
        Assert.Matches("old +training +unreadable +its state has format 9", shown.Out);
    }

    [Fact]
    public async Task List_IdOfAHundredLetters_IsShortenedInTheTableAndWholeInJson()
    {
        var id = "run-" + new string('x', 90) + "-seed7";
        await Run("train", id, "--preset", "p");

        var shown = await Run("runs", "list");
        Assert.DoesNotContain(id, shown.Out);
        Assert.Contains("run-xxxxx", shown.Out);
        Assert.Contains("x-seed7 ", shown.Out);
        Assert.Equal(id, (await Run("runs", "list", "--json")).Json.GetProperty("runs")[0].GetProperty("id").GetString());
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

    [Theory]
    [InlineData("pause", "paused")]
    [InlineData("cancel", "cancelled")]
    public async Task Control_TrainingRun_PrintsTheNewPhase(string verb, string phase)
    {
        await Run("train", "r1", "--preset", "p", "--detach");

        var run = await Run("runs", verb, "r1", "--json");

        Assert.Equal(phase, run.Json.GetProperty("status").GetProperty("phase").GetString());
    }

    [Theory]
    [InlineData("train", "--preset", "p")]
    [InlineData("evaluate", "--model", "m", "--classifier", "c")]
    public async Task Resume_PausedJob_WaitsForItsEnd(string verb, params string[] options)
    {
        await Run([verb, "r1", .. options, "--detach"]);
        var paused = await Run("runs", "pause", "r1", "--json");

        var run = await Run("runs", "resume", "r1", "--json");

        Assert.Equal((0, 0), (paused.ExitCode, run.ExitCode));
        Assert.Equal("paused", paused.Json.GetProperty("status").GetProperty("phase").GetString());
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

    private async Task StartMany(int count)
    {
        for (var i = 1; i <= count; i++) await Run("train", $"r{i:000}", "--preset", "p", "--detach");
    }

    /// <summary>First column of a table's rows.</summary>
    private static List<string> Ids(string table) =>
        [.. table.Split('\n').SkipWhile(line => !line.Contains("---") && !line.Contains("──")).Skip(1)
            .Where(line => line.StartsWith("  ", StringComparison.Ordinal) && line.Trim().Length > 0)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0])];
}

using System.Text.Json;
using PgmCluster.Cli.Study.Plans;
using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Training;

namespace PgmCluster.Cli.Tests.Study;

public sealed class StudyTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeCluster _cluster = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Study_Search_ChoosesByTheValidationImages()
    {
        // The best by distance is guided and constant, at the larger scale; unguided accuracy is closest to real pictures'.
        _cluster.Scores = request => Scores(
            20 - request.Settings.Guidance - (request.Settings.GuidanceSchedule == "constant" ? 1 : 0) - request.Settings.LogitScale,
            request.Settings.Guidance == 0 ? 0.88 : 0.97);

        var run = await Run("--part", "search", "--json");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(3, run.Json.GetProperty("search").GetArrayLength());
        foreach (var model in run.Json.GetProperty("search").EnumerateArray())
        {
            Assert.Equal(("1 constant, scale 1.1", 0), (Text(model.GetProperty("best")), Guidance(model.GetProperty("nearestToReal"))));
            Assert.Equal("1 constant, scale 1.1", Text(model.GetProperty("otherSteps")[0].GetProperty("best")));
        }
        Assert.All(_cluster.Requests<EvaluationRequest>().Values, r => Assert.Equal((101, "validation"), (r.Seed, SplitOf(r))));
        Assert.All(_cluster.Requests<TrainingRequest>().Values, r => Assert.Equal(1, r.Seed));
    }

    [Fact]
    public async Task Study_Report_UsesSeedsThatNoChoiceHasSeen()
    {
        await Run("--part", "search");
        var searched = _cluster.Requests<EvaluationRequest>().Keys.ToHashSet();
        var trained = _cluster.Requests<TrainingRequest>().Keys.ToHashSet();

        var run = await Run("--part", "report", "--json");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(
            [2, 2, 2, 3, 3, 3],
            _cluster.Requests<TrainingRequest>().Where(r => !trained.Contains(r.Key)).Select(r => r.Value.Seed).Order());
        var reported = _cluster.Requests<EvaluationRequest>().Where(r => !searched.Contains(r.Key)).Select(r => r.Value).ToList();
        Assert.All(reported, r => Assert.Contains(r.Seed, new long[] { 1002, 1003 }));
        Assert.Equal(["train", "validation"], reported.Select(SplitOf).Distinct().Order());
        var row = run.Json.GetProperty("report")[2].GetProperty("rows")[0];
        Assert.Equal(25, row.GetProperty("seeds")[1].GetProperty("scores").GetProperty("frechet").GetDouble());
        Assert.Equal(
            3.654321, run.Json.GetProperty("report")[0].GetProperty("runs")[0].GetProperty("bits").GetProperty("bitsPerToken").GetDouble());
        Assert.Equal(3, run.Json.GetProperty("speeds").EnumerateArray().Select(s => s.GetProperty("model").GetString()).Distinct().Count());
    }

    [Fact]
    public async Task Study_JobFails_GoesOnWhereItWas()
    {
        await Run("--part", "search");
        var log = _cluster.Log.ToList();
        var (done, fails) = (Started(log), _cluster.Requests<TrainingRequest>().Single(r => r.Value.Preset == "pgm-smoke").Key);
        Directory.Delete(Path.Combine(_directory["home"], "study"), recursive: true);
        var other = new FakeCluster();
        other.Endings[fails] = (JobPhase.Failed, "Writing to /x: the disk is full (0.0 MB free). Make room there.");

        var failed = await CliRun.Of(other, Arguments("--part", "search"));
        Assert.Equal(2, failed.ExitCode);
        Assert.Contains("the disk is full", failed.Error);
        other.Endings.Clear();
        var before = Started(other.Log).Count;
        var second = await CliRun.Of(other, Arguments("--part", "search"));

        Assert.Equal(0, second.ExitCode);
        Assert.Equal(fails, Started(other.Log)[before]);
        Assert.Equal(done, [.. Started(other.Log).Distinct()]);
        Assert.Equal(done.Count + 1, Started(other.Log).Count);
    }

    [Fact]
    public async Task Study_Again_RunsNothingAndSaysTheSame()
    {
        _cluster.Scores = _ => Scores(25, 0.9);
        var first = await Run("--json");
        var (embedded, log) = (_cluster.Embedded, _cluster.Log.Count);

        var second = await Run("--json");

        Assert.Equal((embedded, log), (_cluster.Embedded, _cluster.Log.Count));
        Assert.Equal(first.Out, second.Out);
        Assert.Equal(first.Out, File.ReadAllText(_directory["home/study.json"]));
        Assert.DoesNotContain(
            "not run",
            File.ReadAllText(_directory["home/study.md"]).Split('\n').Where(l => l.StartsWith('|')).Aggregate("", (a, b) => a + b));
        Assert.Contains("<polyline", File.ReadAllText(_directory["home/study.svg"]));
        Assert.Matches(@"study smoke: (\d+) of about \1 jobs done .*, about 0:00 left", second.Error);
    }

    /// <summary>Time on the clock depends on what else the machine does: the page has both, and says which compares.</summary>
    [Fact]
    public async Task Study_Report_HasProcessorTimeBesideTimeOnTheClock()
    {
        _cluster.Scores = _ => Scores(25, 0.9);
        await Run();
        var times = _directory["home/study/smoke/times.json"];
        var changed = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(times))!.AsObject();
        foreach (var (_, time) in changed) (time!["seconds"], time["cpuSeconds"]) = (61.0, 1234.0);
        File.WriteAllText(times, changed.ToJsonString());

        var run = await Run("--json");

        Assert.Equal((61, 1234), Times(run.Json.GetProperty("report")[0].GetProperty("runs")[0]));
        Assert.Equal((61, 1234), Times(run.Json.GetProperty("length")[0]));
        var page = File.ReadAllText(_directory["home/study.md"]);
        Assert.Contains("| once, training |  |  | 1,234 CPU s, 1:01 | 1,234 CPU s, 1:01 |", page);
        Assert.Contains("only CPU seconds compare the models", page);

        static (double, double) Times(JsonElement e) => (e.GetProperty("seconds").GetDouble(), e.GetProperty("cpuSeconds").GetDouble());
    }

    [Fact]
    public async Task Study_Plan_RunsNothingAndCallsItNotRun()
    {
        var run = await Run("--plan", "--out", _directory["out"]);

        Assert.Equal((0, 0), (run.ExitCode, _cluster.Embedded));
        Assert.Matches(@"search: 0 of about \d+ jobs done in 0:00, about \d+:\d\d left", run.Out);
        var page = File.ReadAllText(_directory["out/study.md"]);
        Assert.Contains("| once | 4 | not run | not run |", page);
        Assert.Contains("| once: random orders | 4 | not run |", page);
        Assert.False(File.Exists(_directory["out/study.svg"]));
        Assert.False(Directory.Exists(_directory["home"]));
    }

    [Fact]
    public async Task Study_SomeModels_LeavesTheOthersForLater()
    {
        await Run("--part", "search", "--models", "once,pgm");
        Assert.DoesNotContain(_cluster.Requests<TrainingRequest>().Values, r => r.Preset == "maskgit-smoke");
        var page = File.ReadAllText(_directory["home/study.md"]);
        Assert.Contains("| maskgit | 0.002 | not run |", page);
        Assert.Contains("| once | 0.002 | 0.25 |", page);
        var started = Started(_cluster.Log);

        await Run("--part", "search");

        Assert.All(Started(_cluster.Log).Skip(started.Count), id => Assert.StartsWith("study-maskgit", id));
    }

    /// <summary>Whoever has the report alone goes on from it: nothing is searched again.</summary>
    [Fact]
    public async Task Study_FromAReport_MakesOnlyWhatFurtherJobsWorkWith()
    {
        _cluster.Scores = _ => Scores(25, 0.9);
        await Run("--part", "report", "--out", _directory["there"]);
        var other = new FakeCluster { Scores = _ => Scores(24, 0.9) };

        var run = await CliRun.Of(other, From(_directory["there/study.json"], "--part", "ablations", "--json"));

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("outcomes taken over from", run.Error);
        var (before, after) = (JsonDocument.Parse(File.ReadAllText(_directory["there/study.json"])).RootElement, run.Json);
        foreach (var part in new[] { "foundation", "search", "report", "speeds", "chosenSpeeds" })
            Assert.Equal(before.GetProperty(part).GetRawText(), after.GetProperty(part).GetRawText());
        Assert.Equal(24, after.GetProperty("ablations")[0].GetProperty("scores").GetProperty("frechet").GetDouble());
        // The one ablation trains; the other one draws otherwise from the PGM of the report's first seed, which has to be here for that.
        Assert.Equal(
            ["classifier-smoke 1", "pgm-once-smoke 2", "pgm-smoke 2", "tokenizer-smoke 1"],
            other.Requests<TrainingRequest>().Values.Select(r => $"{r.Preset} {r.Seed}").Order());
        Assert.All(other.Requests<EvaluationRequest>().Keys, id => Assert.DoesNotContain(id, _cluster.Requests<EvaluationRequest>().Keys));
        Assert.Contains(
            $"- **Machines**: {after.GetProperty("takenOver").GetInt32()} outcomes", File.ReadAllText(_directory["here/study.md"]));
    }

    [Fact]
    public async Task Study_FromAWholeReport_HasNothingLeft()
    {
        _cluster.Scores = _ => Scores(25, 0.9);
        await Run("--out", _directory["there"]);
        var other = new FakeCluster();

        var run = await CliRun.Of(other, From(_directory["there/study.json"], "--part", "report", "--json"));

        Assert.Equal((0, 0), (run.ExitCode, other.Embedded));
        var before = JsonDocument.Parse(File.ReadAllText(_directory["there/study.json"])).RootElement;
        foreach (var part in before.EnumerateObject().Where(p => p.Name != "takenOver"))
            Assert.Equal(part.Value.GetRawText(), run.Json.GetProperty(part.Name).GetRawText());
    }

    [Fact]
    public async Task Study_FromAReportWhoseBitsAreOthers_Stops()
    {
        await Run("--part", "search", "--out", _directory["there"]);
        var text = File.ReadAllText(_directory["there/study.json"]);
        var judge = JsonDocument.Parse(text).RootElement.GetProperty("foundation").GetProperty("judge");
        File.WriteAllText(
            _directory["there/study.json"], text.Replace(judge.GetProperty("weightsSha256").GetString()!, new string('0', 64)));

        var run = await CliRun.Of(new FakeCluster(), From(_directory["there/study.json"]));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("this machine computes other bits", run.Error);
        Assert.Contains("without --from", run.Error);
    }

    [Theory]
    [InlineData("{}", "lacks parts of a study's report")]
    [InlineData("[", "cannot be read as a study's report")]
    [InlineData(null, "cannot be read as a study's report")]
    public async Task Study_FromWhatIsNoReport_SaysSo(string? text, string expected)
    {
        if (text is not null) File.WriteAllText(_directory["other.json"], text);

        var run = await CliRun.Of(_cluster, From(_directory["other.json"]));

        Assert.Equal((2, 0), (run.ExitCode, _cluster.Embedded));
        Assert.Contains(expected, run.Error);
    }

    [Fact]
    public async Task Study_FromAReportOfAnotherPlan_SaysWhereTheyPart()
    {
        await Run("--part", "search", "--out", _directory["there"]);
        var report = _directory["there/study.json"];
        var text = File.ReadAllText(report);
        var search = JsonDocument.Parse(text).RootElement.GetProperty("search")[0];
        var run = search.GetProperty("rates")[0].GetProperty("run").GetString()!;
        File.WriteAllText(report, text.Replace($"\"run\": \"{run}\"", "\"run\": \"study-other\""));

        var refused = await CliRun.Of(_cluster, From(report));

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains($"'{run}' follows here, there 'study-other'", refused.Error);
        Assert.Empty(Directory.Exists(_directory["here/study"]) ? Directory.GetFiles(_directory["here/study"], "*", SearchOption.AllDirectories) : []);
    }

    [Theory]
    [InlineData("--part", "reprot", "'reprot' is not a part of the study; did you mean 'report'?")]
    [InlineData("--models", "onec", "'onec' is not a model of the study; did you mean 'once'?")]
    [InlineData("--preset", "fashoin", "'fashoin' is not a preset of study; did you mean 'fashion'?")]
    public async Task Study_UnknownName_GivesTheNearest(string option, string value, string expected)
    {
        var run = await CliRun.Of(_cluster, "study", "--home", _directory["home"], option, value);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, run.Error);
    }

    private static EvaluationScores Scores(double frechet, double accuracy) => new()
    {
        ClassifierAccuracyReal = 0.89,
        ClassAccuracyReconstructed = 0.86,
        ClassAccuracyGenerated = accuracy,
        FrechetGenerated = frechet,
        FrechetReal = 3,
        FrechetReconstructed = 27,
        Images = 100,
        ReferenceImages = 1000,
        InFiveChunks = new NeighbourScores(0.9, 0.5, 1.1, 0.25),
    };

    private string SplitOf(EvaluationRequest request) => _cluster.Request<StatisticsRequest>(request.Statistics!).Split;

    private static List<string> Started(IEnumerable<string> log) =>
        [.. log.Where(l => l.StartsWith("start ", StringComparison.Ordinal)).Select(l => l["start ".Length..])];

    private static double Guidance(JsonElement setting) => setting.GetProperty("guidance").GetDouble();

    private static string Text(JsonElement s) => new StudySetting(
        s.GetProperty("steps").GetInt32(), Guidance(s), s.GetProperty("form").GetString()!,
        s.GetProperty("logitScale").GetDouble()).ToString();

    private string[] From(string report, params string[] more) =>
        ["study", "--preset", "smoke", "--home", _directory["here"], "--from", report, .. more];

    private string[] Arguments(params string[] more) => ["study", "--preset", "smoke", "--home", _directory["home"], .. more];

    private Task<CliRun> Run(params string[] more) => CliRun.Of(_cluster, Arguments(more));
}

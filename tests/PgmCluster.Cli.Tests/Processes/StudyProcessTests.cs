using System.Text.Json;
using PgmCluster.Cli.Output;
using PgmCluster.Cli.Quickstart;
using PgmCluster.Cli.Study.Jobs;
using PgmCluster.Cli.Study.Plans;
using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.Faults;

namespace PgmCluster.Cli.Tests.Processes;

/// <summary>One model's search with tiny models, killed and run again.</summary>
[Trait("Category", "Process")]
public sealed class StudyProcessTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Study_KilledInATraining_GoesOnAndChooses()
    {
        var plan = StudyPlans.Smoke;
        var run = new StudyJobs(plan, SampleData.Locate(null)).Train(
            StudyParts.Search, plan.Grid, plan.Model(StudyPlans.Once), plan.LearningRates[0], plan.SearchSeed, StudyOverrides.None).Job.Id;
        string[] command =
            ["study", "--preset", "smoke", "--part", "search", "--models", StudyPlans.Once, "--home", _directory["home"], "--json"];
        using (var gates = Gates.Create())
        {
            var gate = gates.Close("stepped", run, 10);
            using var killed = PgmProcess.StartWith(gates.Variables, command);
            await killed.WaitForAsync($"the training to stand at {gate}", _ => gate.IsReached, TimeSpan.FromMinutes(5));
            killed.Kill();
            gate.Open();
        }

        using var process = PgmProcess.Start(command);
        await process.WaitForExitAsync(TimeSpan.FromMinutes(5));

        Assert.True(process.ExitCode == 0, process.ToString());
        Assert.Contains("foundation: 6 of about 6 jobs done", process.Error);
        var search = JsonSerializer.Deserialize<JsonElement>(process.Out).GetProperty("search").EnumerateArray()
            .Single(m => m.GetProperty("model").GetString() == StudyPlans.Once);
        var rate = search.GetProperty("rates")[0];
        Assert.Equal(30, rate.GetProperty("trained").GetProperty("steps").GetInt64());
        var distances = rate.GetProperty("points").EnumerateArray().Concat(search.GetProperty("scales").EnumerateArray())
            .Select(
                p => (Setting: Of(p.GetProperty("setting")), Frechet: p.GetProperty("scores").GetProperty("frechet").GetDouble()));
        Assert.Equal(distances.MinBy(d => d.Frechet).Setting, Of(search.GetProperty("best")));

        static StudySetting Of(JsonElement setting) => Json.Read<StudySetting>(setting.ToString());
    }
}

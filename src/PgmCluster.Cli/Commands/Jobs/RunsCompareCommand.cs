using System.CommandLine;
using System.Globalization;
using PgmCluster.Cli.Jobs;
using PgmCluster.Cli.Output;
using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Training;
using Spectre.Console;

namespace PgmCluster.Cli.Commands.Jobs;

/// <summary><c>pgm runs compare</c>: two training runs, what their specifications say differently and what came of it.</summary>
internal static class RunsCompareCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var first = new Argument<string>("A") { Description = "Id of a training run" };
        var second = new Argument<string>("B") { Description = "Id of another" };
        return new Command("compare", "Show how two training runs differ, and what came of it") { first, second }.Does(environment, invocation =>
            invocation.WithSessionAsync(SiloNeed.Any, async session =>
            {
                var a = await (await JobGrains.FindModelAsync(session, invocation.Get(first))).GetDetails();
                var b = await (await JobGrains.FindModelAsync(session, invocation.Get(second))).GetDetails();
                var differences = SpecificationDifference.Of(a.Specification, b.Specification);
                return invocation.Finish(new { a = Json(a), b = Json(b), differences }, console =>
                {
                    console.WriteTable(
                        ["", a.Status.Id, b.Status.Id],
                        [.. Facts(a).Zip(Facts(b), (x, y) => new[] { x.Name, x.Value, y.Value }),
                         .. differences.Select(d => new[] { d.Key, d.First ?? "-", d.Second ?? "-" })]);
                    if (differences.Count == 0) console.WriteLine("Their specifications are the same.");
                });
            }));
    }

    private static object Json(TrainingDetails run) => new
    {
        status = run.Status,
        kind = run.Kind,
        from = run.Request.Dataset ?? run.Request.Tokens,
        specificationSha256 = run.SpecificationSha256,
        result = run.Result,
    };

    private static IEnumerable<(string Name, string Value)> Facts(TrainingDetails run)
    {
        yield return ("phase", $"{run.Status.Phase}".ToLowerInvariant());
        yield return ("model", run.Kind);
        yield return ("trains on", run.Request.Dataset ?? run.Request.Tokens ?? "-");
        yield return ("steps done", $"{run.Status.Progress.Done}");
        yield return ("final loss", Number(run.Result?.FinalLoss));
        yield return ("held-out loss", Number(run.Result?.ValidationLoss));
        yield return ("parameters", run.Result is { } made ? $"{made.Parameters}" : "-");
        yield return ("weights SHA-256", run.Result?.WeightsSha256 is { Length: >= 12 } sha ? sha[..12] : run.Result?.WeightsSha256 ?? "-");
    }

    private static string Number(double? value) => value?.ToString("G4", CultureInfo.InvariantCulture) ?? "-";
}

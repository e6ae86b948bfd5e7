using System.CommandLine;
using PgmCluster.Cli.Clusters;
using PgmCluster.Cli.Commands;
using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Output;

namespace PgmCluster.Cli.Chaos;

/// <summary>
/// <c>pgm chaos</c>: proves on a throwaway cluster that nothing is lost. For those who work on the program, so not in the help.
/// </summary>
internal static class ChaosCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var minutes = new Option<double>("--minutes")
        {
            Description = "How long faults are made; the undisturbed jobs before it take about as long",
            HelpName = "M",
            DefaultValueFactory = _ => 3,
        };
        var seed = new Option<int>("--seed")
        {
            Description = "Decides which faults, of whom, and when",
            HelpName = "S",
            DefaultValueFactory = _ => 1,
        };
        var workers = new Option<int>("--workers")
        {
            Description = "Silos with one CPU device each",
            HelpName = "N",
            DefaultValueFactory = _ => 3,
        };
        var kinds = new Option<string>("--kinds")
        {
            Description = $"Faults to choose from: {string.Join(", ", ChaosFaults.Names)}",
            HelpName = "LIST",
            DefaultValueFactory = _ => string.Join(',', ChaosFaults.Default),
        };
        var sqlite = new Option<bool>("--sqlite") { Description = "One SQLite file instead of PostgreSQL" };
        var command = new Command("chaos", "Train and tokenize on a throwaway cluster under random faults")
        {
            minutes, seed, workers, kinds, sqlite,
        };
        command.Hidden = true;
        return command.Does(environment, async invocation =>
        {
            var chosen = invocation.Get(kinds)!.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (chosen.FirstOrDefault(k => !ChaosFaults.Names.Contains(k)) is { } unknown)
                throw new UsageException($"--kinds names '{unknown}'. There are: {string.Join(", ", ChaosFaults.Names)}.");
            if (chosen.Length == 0 || invocation.Get(minutes) is not (> 0 and <= 1440) || invocation.Get(workers) is not (>= 1 and <= 64))
                throw new UsageException("Making chaos: give --minutes above 0, --workers 1 to 64 and at least one kind of fault.");
            if (!invocation.Get(sqlite) && PostgresServer.Missing is { } missing)
                throw new UsageException($"Starting PostgreSQL for the throwaway cluster: {missing}; or use --sqlite.");
            var plan = new ChaosPlan(
                invocation.Get(minutes), invocation.Get(seed), invocation.Get(workers), chosen,
                invocation.Get(sqlite) ? "sqlite" : "postgres");
            var report = await new ChaosRunner(plan, invocation.ProgressWriter, invocation.Cancellation).RunAsync();
            invocation.Finish(report, console => console.WriteFacts(
                ("faults", $"{report.Faults} ({string.Join(", ", report.FaultsByKind.Select(f => $"{f.Value} {f.Key}"))})"),
                ("steps",
                    $"{report.StepsCommitted} committed, {report.StepsLost} lost, {report.StepsLostBySurvivors} of them while a member "
                    + "lived"),
                ("recovery",
                    $"median {report.RecoverySeconds.Median} s, p95 {report.RecoverySeconds.P95} s, max {report.RecoverySeconds.Max} s"),
                ("throughput kept", $"{report.ThroughputKept}"),
                ("shards", $"{report.Shards} in {report.Tokenizations} jobs, {report.ShardsRewritten} rewritten"),
                ("weights", $"{report.WeightsSha256}"),
                ("undisturbed", report.UndisturbedSha256),
                ("equal", report.Equal ? "yes" : "NO")));
            return report.Equal ? ExitCodes.Ok : ExitCodes.Failed;
        });
    }
}

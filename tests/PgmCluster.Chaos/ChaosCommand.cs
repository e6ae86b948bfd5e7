using System.CommandLine;
using PgmCluster.Chaos.Clusters;
using PgmCluster.Chaos.Runs;
using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Output;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Chaos;

/// <summary><c>tests/chaos</c>: proves on a throwaway cluster that nothing is lost.</summary>
internal static class ChaosCommand
{
    // Said by tests/chaos, which makes it.
    private const string OwnNetwork = "CHAOS_HAS_OWN_NETWORK";

    private static readonly Option<double> s_minutes = new("--minutes")
    {
        Description = "How long faults are made; the undisturbed jobs before it take about as long",
        HelpName = "M",
        DefaultValueFactory = _ => 3,
    };

    private static readonly Option<int> s_seed = new("--seed")
    {
        Description = "Decides which faults, of whom, and when",
        HelpName = "S",
        DefaultValueFactory = _ => 1,
    };

    private static readonly Option<int> s_workers = new("--workers")
    {
        Description = "Silos with one CPU device each",
        HelpName = "N",
        DefaultValueFactory = _ => 3,
    };

    private static readonly Option<string> s_kinds = new("--kinds")
    {
        Description = $"Faults to choose from: {string.Join(", ", ChaosFaults.Names)}",
        HelpName = "LIST",
        DefaultValueFactory = _ => string.Join(',', ChaosFaults.Default),
    };

    private static readonly Option<bool> s_sqlite = new("--sqlite") { Description = "One SQLite file instead of PostgreSQL" };

    private static readonly Option<string?> s_program = new("--program")
    {
        Description = "The pgm.dll that the silos run; without it the one that was built with this",
        HelpName = "FILE",
    };

    private static readonly Option<string?> s_logs = new("--logs")
    {
        Description = "Keep what the silos logged in this directory, a file for each",
        HelpName = "DIR",
    };

    private static readonly Option<bool> s_json = new("--json")
    {
        Description = "Print one JSON object on stdout; progress goes to stderr",
    };

    /// <summary>The command line. Exit codes: 0 nothing was lost, 1 something was, or the cluster could not be had, 2 bad input.</summary>
    /// <param name="output">Where the outcome goes.</param>
    /// <param name="error">Where failures go, and progress beside <c>--json</c>.</param>
    /// <param name="cancellation">The user's wish to stop.</param>
    public static RootCommand Create(TextWriter output, TextWriter error, CancellationToken cancellation)
    {
        var command = new RootCommand("Trains and tokenizes on a throwaway cluster under random faults, and compares with the same in peace")
        {
            s_minutes, s_seed, s_workers, s_kinds, s_sqlite, s_program, s_logs, s_json,
        };
        command.SetAction(async (parsed, _) =>
        {
            try
            {
                var asJson = parsed.GetValue(s_json);
                var report = await new ChaosRunner(Plan(parsed), asJson ? error : output, cancellation).RunAsync();
                if (asJson) output.WriteLine(Json.Text(report));
                else Consoles.Of(output, isTerminal: false).WriteFacts(Facts(report));
                return report.Equal && report.StepsLostBySurvivors == 0 ? ExitCodes.Ok : ExitCodes.Failed;
            }
            catch (Exception e)
            {
                error.WriteLine(e is UsageException or HarnessException ? $"chaos: {e.Message}" : $"chaos: {e}");
                return e is UsageException ? ExitCodes.BadInput : cancellation.IsCancellationRequested ? ExitCodes.Interrupted
                    : ExitCodes.Failed;
            }
        });
        return command;
    }

    /// <exception cref="UsageException">Something cannot be had like that, or not here.</exception>
    private static ChaosPlan Plan(ParseResult parsed)
    {
        var chosen = parsed.GetValue(s_kinds)!.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (chosen.FirstOrDefault(k => !ChaosFaults.Names.Contains(k)) is { } unknown)
            throw new UsageException($"--kinds names '{unknown}'. There are: {string.Join(", ", ChaosFaults.Names)}.");
        var plan = new ChaosPlan(
            parsed.GetValue(s_minutes), parsed.GetValue(s_seed), parsed.GetValue(s_workers), chosen,
            parsed.GetValue(s_sqlite) ? "sqlite" : "postgres")
        {
            Program = parsed.GetValue(s_program),
            Logs = parsed.GetValue(s_logs),
        };
        if (chosen.Length == 0 || plan.Minutes is not (> 0 and <= 1440) || plan.Workers is not (>= 1 and <= 64))
            throw new UsageException("Making chaos: give --minutes above 0, --workers 1 to 64 and at least one kind of fault.");
        if (plan.Database == "postgres" && PostgresServer.Missing is { } missing)
            throw new UsageException($"Starting PostgreSQL for the throwaway cluster: {missing}; or use --sqlite.");
        if (plan.NeedsNetwork && NamespaceNetwork.Missing is { } none)
            throw new UsageException($"Making hosts for {string.Join(" and ", ChaosFaults.OfTheNetwork)}: {none}; or leave these kinds out.");
        if (plan.NeedsNetwork && Environment.GetEnvironmentVariable(OwnNetwork) != "1")
        {
            throw new UsageException(
                $"Making hosts for {string.Join(" and ", ChaosFaults.OfTheNetwork)}: this process has to have a network of its own. Start it "
                + "by tests/chaos.");
        }
        return plan;
    }

    private static (string Name, string Value)[] Facts(ChaosReport report) =>
    [
        ("faults", $"{report.Faults} ({string.Join(", ", report.FaultsByKind.Select(f => $"{f.Value} {f.Key}"))})"),
        ("steps",
            $"{report.StepsCommitted} committed, {report.StepsLost} lost, {report.StepsLostBySurvivors} of them while a member lived"),
        ("recovery",
            $"median {report.RecoverySeconds.Median} s, p95 {report.RecoverySeconds.P95} s, max {report.RecoverySeconds.Max} s"),
        ("throughput kept", $"{report.ThroughputKept}"),
        ("shards", $"{report.Shards} in {report.Tokenizations} jobs, {report.ShardsRewritten} rewritten"),
        ("weights", $"{report.WeightsSha256}"),
        ("undisturbed", report.UndisturbedSha256),
        ("equal", report.Equal ? "yes" : "NO"),
    ];
}

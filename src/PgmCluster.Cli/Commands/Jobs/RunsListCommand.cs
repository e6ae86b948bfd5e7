using System.CommandLine;
using PgmCluster.Cli.Jobs;
using PgmCluster.Cli.Output;
using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Jobs;
using Spectre.Console;

namespace PgmCluster.Cli.Commands.Jobs;

/// <summary><c>pgm runs list</c>: the jobs created last, of all kinds or some.</summary>
internal static class RunsListCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var kind = new Option<JobKind?>("--kind") { Description = "Only jobs of this kind", HelpName = "KIND" };
        var phase = new Option<JobPhase?>("--phase") { Description = "Only jobs in this phase", HelpName = "PHASE" };
        var labels = new LabelOption("Only jobs with this label; given more than once, those that have all");
        var rows = new RowOptions();
        var command = new Command("list", "List runs and jobs, the newest last") { kind, phase };
        labels.AddTo(command);
        rows.AddTo(command);
        return command.Does(environment, invocation =>
        {
            var (most, wanted) = (rows.Most(invocation), labels.Of(invocation));
            return invocation.WithSessionAsync(SiloNeed.Any, async session =>
            {
                var (jobs, areMore) = await JobListing.ReadAsync(
                    session, invocation.Get(kind), invocation.Get(phase), wanted, most, invocation.Cancellation);
                var runs = jobs.Select(j => j.Status).OfType<JobStatus>().ToList();
                var unreadable = jobs.Where(j => j.Status is null).Select(j => new
                {
                    id = j.Entry.Name,
                    kind = j.Entry.JobKind,
                    j.Entry.Summary,
                    j.Entry.CreatedAt,
                    reason = j.Trouble,
                });
                return invocation.Finish(new { runs, unreadable }, console =>
                {
                    var withLabels = jobs.Any(j => j.Entry.Labels is not null);
                    string[] columns = ["id", "kind", "phase", "progress", "what"];
                    if (jobs.Count == 0) console.WriteLine("No runs. Start one with 'pgm train' or try 'pgm quickstart'.");
                    else if (!withLabels) console.WriteTable(columns, jobs.Select(Row));
                    else console.WriteTable(
                        [.. columns, "labels"], jobs.Select(j => Row(j).Append(Texts.Labels(j.Entry.Labels)).ToArray()));
                    if (areMore) console.WriteLine($"The {jobs.Count} newest: --all shows those before as well.");
                });
            });
        });
    }

    private static string[] Row(ListedJob job) => job.Status is { } r
        ? [Texts.Id(r.Id), Word(r.Kind), Word(r.Phase), Texts.Done(r.Progress), r.Summary]
        : [Texts.Id(job.Entry.Name), job.Entry.JobKind is { } kind ? Word(kind) : "", "unreadable", "", job.Trouble ?? ""];

    private static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}

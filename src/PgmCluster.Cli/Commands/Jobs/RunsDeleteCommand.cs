using System.CommandLine;
using System.Globalization;
using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Output;
using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Jobs;
using Spectre.Console;

namespace PgmCluster.Cli.Commands.Jobs;

/// <summary><c>pgm runs delete</c>: one job, or all that an age, a number, a kind or a phase means.</summary>
internal static class RunsDeleteCommand
{
    private const double MostDays = 36_500;

    /// <summary>Of those that stay; JSON has all.</summary>
    private const int MostShown = 20;

    private static readonly Argument<string?> s_id = new("ID")
    {
        Description = "Id of the run or job; or say with options which",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<double?> s_days = new("--older-than")
    {
        Description = "All that came to rest more than so many days ago",
        HelpName = "DAYS",
    };

    private static readonly Option<int?> s_newest = new("--keep-newest")
    {
        Description = "All but so many of each kind, those created last",
        HelpName = "N",
    };

    private static readonly Option<JobKind?> s_kind = new("--kind") { Description = "Only jobs of this kind", HelpName = "KIND" };

    private static readonly Option<JobPhase?> s_phase = new("--phase")
    {
        Description = "Only jobs that came to rest this way. Default: completed, failed and cancelled ones",
        HelpName = "PHASE",
    };

    private static readonly Option<bool> s_dryRun = new("--dry-run") { Description = "Delete nothing; list what would be deleted" };

    public static Command Create(CliEnvironment environment) =>
        new Command("delete", "Delete jobs at rest that nothing refers to; 'pgm store gc' frees their files")
        {
            s_id, s_days, s_newest, s_kind, s_phase, s_dryRun,
        }.Does(environment, RunAsync);

    private static Task<int> RunAsync(Invocation invocation)
    {
        var selection = Selection(invocation);
        return invocation.WithSessionAsync(SiloNeed.Any, session => selection is null
            ? DeleteOneAsync(invocation, session, invocation.GetOptional(s_id)!)
            : DeleteManyAsync(invocation, session, selection));
    }

    /// <returns>Null where one job is named.</returns>
    private static JobSelection? Selection(Invocation invocation)
    {
        var (days, newest) = (invocation.Get(s_days), invocation.Get(s_newest));
        var (kind, phase) = (invocation.Get(s_kind), invocation.Get(s_phase));
        var selects = days is not null || newest is not null || kind is not null || phase is not null;
        if (invocation.GetOptional(s_id) is { } id)
        {
            if (!selects && !invocation.Get(s_dryRun)) return null;
            throw new UsageException($"'{id}' is one job, and the options mean many. Give the id alone, or options alone.");
        }
        if (!selects)
            throw new UsageException(
                "Which jobs? Give an id, or --older-than, --keep-newest, --kind or --phase for all that they mean; --dry-run lists them.");
        if (days is not null and not (> 0 and <= MostDays))
            throw new UsageException(string.Create(
                CultureInfo.InvariantCulture, $"--older-than {days}: these are days. Give more than 0, and at most {MostDays}."));
        if (newest < 1) throw new UsageException($"--keep-newest {newest}: give 1 or more.");
        if (phase is { } asked && !asked.IsAtRest())
            throw new UsageException(
                $"--phase {asked.ToString().ToLowerInvariant()}: such jobs are not at rest. End them with 'pgm runs cancel' first.");
        return new JobSelection
        {
            Kind = kind,
            Phase = phase,
            OlderThan = days is { } age ? TimeSpan.FromDays(age) : null,
            KeepNewest = newest,
        };
    }

    private static async Task<int> DeleteOneAsync(Invocation invocation, IClusterSession session, string deleted)
    {
        await CatalogNames.RequireAsync(session, CatalogKinds.Jobs, deleted);
        await session.Get<IJobRetentionGrain>("jobs").Delete(deleted);
        return invocation.Finish(
            new { deleted }, console => console.WriteLine(
                $"Deleted '{deleted}'. 'pgm store gc' frees those of its files that are old enough (--older-than)."));
    }

    private static async Task<int> DeleteManyAsync(Invocation invocation, IClusterSession session, JobSelection selection)
    {
        var dryRun = invocation.Get(s_dryRun);
        var verdicts = new List<JobVerdict>();
        var parts = session.Get<IJobRetentionGrain>("jobs").DeleteMany(selection, dryRun, invocation.Cancellation);
        await foreach (var part in parts.WithCancellation(invocation.Cancellation)) verdicts.AddRange(part);
        var gone = verdicts.Where(v => v.Stays is null).ToList();
        var stay = verdicts.Where(v => v.Stays is not null).ToList();
        return invocation.Finish(
            new
            {
                dryRun,
                jobs = gone.Select(j => new { j.Id, j.Kind, j.Summary, j.CreatedAt, j.AtRestSince }),
                stay = stay.Select(j => new { j.Id, j.Kind, reason = j.Stays }),
            },
            console =>
            {
                if (dryRun && gone.Count > 0)
                    console.WriteTable(
                        ["id", "kind", "at rest since", "what"],
                        gone.Select(j => new[]
                        {
                            Texts.Id(j.Id), $"{j.Kind}".ToLowerInvariant(), Texts.Time(j.AtRestSince), j.Summary,
                        }));
                foreach (var job in stay.Take(MostShown)) console.WriteLine($"'{job.Id}' stays: {job.Stays}.");
                if (stay.Count > MostShown) console.WriteLine($"{stay.Count - MostShown} more stay; --json says why.");
                console.WriteLine(dryRun
                    ? $"To be deleted: {gone.Count} jobs; {stay.Count} stay."
                    : $"Deleted: {gone.Count} jobs; {stay.Count} stay. 'pgm store gc' frees those of their files that are old enough.");
            });
    }
}

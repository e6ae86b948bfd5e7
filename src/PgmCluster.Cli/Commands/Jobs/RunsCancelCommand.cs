using System.Collections.Concurrent;
using System.CommandLine;
using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Jobs;
using PgmCluster.Cli.Output;
using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using Spectre.Console;

namespace PgmCluster.Cli.Commands.Jobs;

/// <summary><c>pgm runs cancel</c>: one job, or all that wait or run, of some kind or user.</summary>
internal static class RunsCancelCommand
{
    private const int AtOnce = 16;

    private static readonly Argument<string?> s_id = new("ID")
    {
        Description = "Id of the run or job; or say with options which",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<bool> s_all = new("--all") { Description = "All jobs that wait or run" };

    private static readonly Option<JobKind?> s_kind = new("--kind")
    {
        Description = "All of this kind that wait or run",
        HelpName = "KIND",
    };

    private static readonly Option<string?> s_user = new("--user")
    {
        Description = "All of this user's that wait or run",
        HelpName = "NAME",
    };

    private static readonly LabelOption s_labels = new("All that wait or run and have this label; given more than once, all of them");

    private static readonly Option<bool> s_dryRun = new("--dry-run") { Description = "Stop nothing; list what would be stopped" };

    public static Command Create(CliEnvironment environment)
    {
        var command = new Command("cancel", "Stop a job for good, or many") { s_id, s_all, s_kind, s_user };
        s_labels.AddTo(command);
        command.Add(s_dryRun);
        return command.Does(environment, RunAsync);
    }

    private static Task<int> RunAsync(Invocation invocation)
    {
        var id = invocation.GetOptional(s_id);
        var isMany = invocation.Get(s_all) || invocation.Get(s_kind) is not null || invocation.Get(s_user) is not null
            || s_labels.Of(invocation) is not null;
        if (id is not null && (isMany || invocation.Get(s_dryRun)))
            throw new UsageException($"'{id}' is one job, and the options mean many. Give the id alone, or options alone.");
        if (id is null && !isMany)
            throw new UsageException(
                "Which jobs? Give an id, or --all, --kind, --user or --label for all that wait or run; with --dry-run they are listed.");
        return invocation.WithSessionAsync(SiloNeed.Any, async session =>
        {
            if (id is null) return await CancelManyAsync(invocation, session);
            var status = await (await JobGrains.FindAsync(session, id)).Cancel();
            return invocation.Finish(new { status }, console => console.WriteStatus(status));
        });
    }

    private static async Task<int> CancelManyAsync(Invocation invocation, IClusterSession session)
    {
        var (dryRun, user, labels) = (invocation.Get(s_dryRun), invocation.Get(s_user), s_labels.Of(invocation));
        var query = new CatalogQuery
        {
            AtRest = false,
            Kind = invocation.Get(s_kind),
            Labels = labels,
            Limit = CatalogQuery.MostOfAPage,
        };
        var jobs = await session.Get<ICatalogGrain>(CatalogKinds.Jobs).Read(query)
            .Where(j => !j.AtRest && (user is null || j.Owner == user) && JobLabels.Have(j.Labels, labels))
            .Reverse().ToListAsync(invocation.Cancellation);
        var failures = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = invocation.Cancellation };
        if (!dryRun)
            await Parallel.ForEachAsync(jobs, options, async (job, _) =>
            {
                if (await TroubleOfAsync(session, job) is { } trouble) failures[job.Name] = trouble;
            });
        var done = jobs.Where(j => !failures.ContainsKey(j.Name)).ToList();
        invocation.Finish(
            new
            {
                dryRun,
                jobs = done.Select(j => new { id = j.Name, kind = j.JobKind, j.Summary, user = j.Owner }),
                failed = failures.Select(f => new { id = f.Key, reason = f.Value }),
            },
            console =>
            {
                if (dryRun && done.Count > 0)
                    console.WriteTable(
                        ["id", "kind", "user", "what"],
                        done.Select(j => new[] { Texts.Id(j.Name), $"{j.JobKind}".ToLowerInvariant(), j.Owner ?? "", j.Summary }));
                foreach (var (job, reason) in failures) console.WriteLine($"'{job}' could not be stopped: {reason}");
                console.WriteLine($"{(dryRun ? "To be cancelled" : "Cancelled")}: {done.Count} jobs.");
            });
        return failures.IsEmpty ? ExitCodes.Ok : ExitCodes.Failed;
    }

    /// <summary>Why a job could not be stopped; null where it could.</summary>
    private static async Task<string?> TroubleOfAsync(IClusterSession session, CatalogEntry job)
    {
        try
        {
            if (job.JobKind is not { } kind) return "it is of a kind that this version does not know.";
            await JobGrains.Get(session, kind, job.Name).Cancel();
            return null;
        }
        catch (PgmException e)
        {
            return ErrorLine.Of(e);
        }
    }
}

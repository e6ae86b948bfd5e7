using System.Runtime.CompilerServices;
using System.Text.Json;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Data.Names;
using PgmCluster.Grains.Artifacts;
using PgmCluster.Grains.Catalog;
using PgmCluster.Grains.Clocks;

namespace PgmCluster.Grains.Retention;

/// <summary>Deletes jobs that nothing else refers to, many after one look at all records.</summary>
/// <param name="grains">Finds the jobs.</param>
/// <param name="catalog">Where they are listed.</param>
/// <param name="records">Of everything that may refer to them.</param>
/// <param name="clock">Tells how long ago a job came to rest: one that was set ahead would delete everything.</param>
/// <param name="logger">Of who deletes.</param>
internal sealed class JobSweep(
    IGrainFactory grains, ICatalogStore catalog, IStoredRecords records, SteadyClock clock, ILogger logger)
{
    private const int MostNamed = 5;

    /// <summary>Jobs that one look is for.</summary>
    private const int AtATime = 5000;

    private readonly JobDeletion _deletion = new(grains, catalog);

    /// <summary>Deletes what is selected, those created last first, and tells what became of each.</summary>
    /// <param name="selection">Which jobs.</param>
    /// <param name="dryRun">Deletes nothing, and says what would be.</param>
    /// <param name="cancellation">Ends it after a job.</param>
    /// <exception cref="PgmException">What a record refers to cannot be read.</exception>
    public async IAsyncEnumerable<JobVerdict> Run(
        JobSelection selection, bool dryRun, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var gone = new HashSet<string>(StringComparer.Ordinal);
        var selected = new SelectedJobs(catalog, selection, clock.Now);
        await foreach (var some in selected.Read(cancellation).Chunk(AtATime).WithCancellation(cancellation))
        {
            await foreach (var verdict in Run(some, gone, selected.HasPhase, dryRun, cancellation)) yield return verdict;
        }
    }

    /// <summary>Deletes one.</summary>
    /// <param name="job">As the catalog has it.</param>
    /// <returns>Why it stays; null where it is gone.</returns>
    public async Task<string?> Delete(CatalogEntry job)
    {
        var verdicts = Run([job], [], JobPhases.IsAtRest, dryRun: false, CancellationToken.None, quietly: false);
        return (await verdicts.SingleAsync()).Stays;
    }

    private async IAsyncEnumerable<JobVerdict> Run(
        IReadOnlyList<CatalogEntry> jobs, HashSet<string> gone, Func<JobPhase, bool> phases, bool dryRun,
        [EnumeratorCancellation] CancellationToken cancellation, bool quietly = true)
    {
        var since = clock.Now;
        var users = await UsersAtWork(jobs, cancellation);
        // Beside the turn: there may be a great many.
        var uses = await Task.Run(() => Uses([.. jobs.Select(j => j.Name)], cancellation), cancellation);
        var (left, before) = (jobs, 0);
        do
        {
            before = gone.Count;
            var waiting = new List<CatalogEntry>();
            foreach (var job in left)
            {
                cancellation.ThrowIfCancellationRequested();
                if (!users.ContainsKey(job.Name) && uses.Text(job.Name, gone) is not null)
                {
                    // Perhaps what uses it goes as well.
                    waiting.Add(job);
                    continue;
                }
                var stays = users.TryGetValue(job.Name, out var by) && job.AtRest
                    ? $"work is under way that is made from it: {FewOf.List(by, MostNamed)}. Wait for its end"
                    : await Delete(job, phases, since, dryRun, quietly);
                if (stays is null) gone.Add(job.Name);
                yield return Verdict(job, stays);
            }
            left = waiting;
        }
        while (left.Count > 0 && gone.Count > before);
        foreach (var job in left)
            yield return Verdict(job, $"its files are in use by {uses.Text(job.Name, gone)}. Delete what uses them first");
    }

    private static JobVerdict Verdict(CatalogEntry job, string? stays) => new()
    {
        Id = job.Name,
        Kind = job.JobKind,
        Summary = job.Summary,
        CreatedAt = job.CreatedAt,
        AtRestSince = job.ChangedAt,
        Stays = stays,
    };

    private async Task<string?> Delete(CatalogEntry job, Func<JobPhase, bool> phases, DateTimeOffset since, bool dryRun, bool quietly)
    {
        try
        {
            return dryRun ? await _deletion.Hindrance(job, phases) : await _deletion.Delete(job, phases, since);
        }
        catch (PgmException e) when (quietly && e.Code != PgmErrorCode.Unavailable)
        {
            return ErrorLine.Of(e).TrimEnd('.');
        }
        catch (Exception e) when (quietly && e is not OperationCanceledException)
        {
            // Where the database is away this ends it all; else the others do not wait for this one, with which the keeper goes on.
            await catalog.Find(JobDeletion.Jobs, job.Name);
            RetentionLog.DeletionFailed(logger, e, job.Name);
            return e is PgmException
                ? ErrorLine.Of(e).TrimEnd('.')
                : $"it could not be deleted ({e.GetType().Name}; the silo's log says more). Try again";
        }
    }

    /// <summary>By jobs that unfinished work is made from.</summary>
    private async Task<Dictionary<string, List<string>>> UsersAtWork(IReadOnlyList<CatalogEntry> jobs, CancellationToken cancellation)
    {
        var names = jobs.Select(j => j.Name).ToHashSet(StringComparer.Ordinal);
        var users = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        var open = SelectedJobs.All(catalog, new CatalogQuery { AtRest = false, Limit = CatalogQuery.MostOfAPage });
        await foreach (var job in open.WithCancellation(cancellation))
        {
            foreach (var source in job.MadeFrom.Where(names.Contains))
            {
                if (!users.TryGetValue(source, out var by)) users[source] = by = [];
                by.Add($"'{job.Name}'");
            }
        }
        return users;
    }

    private async Task<JobUses> Uses(IReadOnlyList<string> jobs, CancellationToken cancellation)
    {
        try
        {
            return await JobUses.Of(records.Read(cancellation), jobs);
        }
        catch (JsonException e)
        {
            var what = jobs is [var one] ? $"Deleting job '{one}'" : $"Deleting {jobs.Count} jobs";
            throw new PgmException(
                $"{what}: what a record refers to cannot be read ({e.Message.ReplaceLineEndings(" ")}). "
                + "Nothing was deleted; 'pgm store gc' names the record.", e);
        }
    }
}

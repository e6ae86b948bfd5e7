using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Cli.Jobs;

/// <summary>Reads how jobs stand, a page of the catalog at a time.</summary>
internal static class JobListing
{
    private const int AtOnce = 16;
    private const int PageSize = 100;

    /// <summary>The jobs created last, in the order of their creation.</summary>
    /// <param name="session">Where they are.</param>
    /// <param name="kind">Only these; null for all.</param>
    /// <param name="phase">Only these; null for all.</param>
    /// <param name="labels">Only those that have all of these; null for all.</param>
    /// <param name="most">The most of them.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The jobs, and whether there are more.</returns>
    public static async Task<(IReadOnlyList<ListedJob> Jobs, bool AreMore)> ReadAsync(
        IClusterSession session, JobKind? kind, JobPhase? phase, IReadOnlyDictionary<string, string>? labels, int most,
        CancellationToken cancellation)
    {
        var catalog = session.Get<ICatalogGrain>(CatalogKinds.Jobs);
        var query = new CatalogQuery
        {
            Kind = kind,
            Labels = labels,
            Limit = Math.Min(PageSize, most),
        }.In(phase);
        var jobs = new List<ListedJob>();
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var page = await catalog.Page(query);
            // A silo of a version before gives all.
            var labelled = page.Entries.Where(e => JobLabels.Have(e.Labels, labels)).ToList();
            var statuses = await StatusesAsync(session, labelled, cancellation);
            // Of what is not at rest, and of what came to rest under an older version, the job alone knows its phase.
            var wanted = statuses.Where(j => phase is null || j.Status?.Phase == phase).ToList();
            jobs.AddRange(wanted.Take(most - jobs.Count));
            if (jobs.Count == most || page.Next is null)
            {
                var areMore = page.Next is not null || wanted.Count > 0 && jobs[^1] != wanted[^1];
                jobs.Reverse();
                return (jobs, areMore);
            }
            query = query with { After = page.Next };
        }
    }

    private static async Task<ListedJob[]> StatusesAsync(
        IClusterSession session, IReadOnlyList<CatalogEntry> entries, CancellationToken cancellation)
    {
        var jobs = new ListedJob[entries.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation };
        await Parallel.ForAsync(0, jobs.Length, options, async (i, _) => jobs[i] = await ReadAsync(session, entries[i]));
        return jobs;
    }

    private static async Task<ListedJob> ReadAsync(IClusterSession session, CatalogEntry entry)
    {
        // Known not to answer: asking again would only take as long again.
        if (entry.Trouble is { } trouble) return new ListedJob(entry, null, trouble);
        if (entry.JobKind is not { } kind || !Enum.IsDefined(kind))
            return new ListedJob(entry, null, "It is of a kind that this version does not know.");
        try
        {
            return new ListedJob(entry, await JobGrains.Get(session, kind, entry.Name).GetStatus(), null);
        }
        catch (Exception e) when (!IsAway(e))
        {
            return new ListedJob(entry, null, ErrorLine.Of(e));
        }
    }

    /// <summary>It is not the job that does not answer.</summary>
    private static bool IsAway(Exception exception) =>
        exception is TimeoutException or OperationCanceledException or Orleans.Runtime.SiloUnavailableException
            or Orleans.Runtime.ClientNotAvailableException or Orleans.Runtime.Messaging.ConnectionFailedException;
}

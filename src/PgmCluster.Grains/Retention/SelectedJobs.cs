using System.Runtime.CompilerServices;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Grains.Catalog;

namespace PgmCluster.Grains.Retention;

/// <summary>The jobs of the catalog that a selection means.</summary>
/// <param name="catalog">All jobs.</param>
/// <param name="selection">Which.</param>
/// <param name="now">The time.</param>
internal sealed class SelectedJobs(ICatalogStore catalog, JobSelection selection, DateTimeOffset now)
{
    private readonly DateTimeOffset? _before = selection.OlderThan is { } age ? now - age : null;

    /// <summary>Whether jobs that came to rest this way are meant. Of those of an older version the job alone knows how.</summary>
    public bool HasPhase(JobPhase phase) => selection.Phase is { } asked
        ? phase == asked
        : phase is JobPhase.Completed or JobPhase.Failed or JobPhase.Cancelled;

    /// <summary>All of them, those of one kind after those of another where some of each kind are left out, the newest first.</summary>
    public async IAsyncEnumerable<CatalogEntry> Read([EnumeratorCancellation] CancellationToken cancellation)
    {
        JobKind?[] kinds = selection.Kind is { } one ? [one] : selection.KeepNewest is null ? [null] : [.. Enum.GetValues<JobKind>()];
        foreach (var kind in kinds)
        {
            var query = new CatalogQuery
            {
                Kind = kind,
                AtRest = true,
                Phase = selection.Phase,
                Kept = false,
                // Which are the newest does not depend on their age.
                ChangedBefore = selection.KeepNewest is null ? _before : null,
                Limit = CatalogQuery.MostOfAPage,
            };
            var newer = 0;
            await foreach (var job in All(catalog, query).WithCancellation(cancellation))
            {
                if (job.Phase is { } phase && !HasPhase(phase)) continue;
                if (newer++ < selection.KeepNewest || (_before is { } before && !WasChangedBefore(job, before))) continue;
                yield return job;
            }
        }
    }

    /// <summary>Of one that has no time nobody knows how old it is.</summary>
    private static bool WasChangedBefore(CatalogEntry job, DateTimeOffset time) => job.ChangedAt != default && job.ChangedAt < time;

    /// <summary>All entries that a query asks for, a page at a time.</summary>
    public static async IAsyncEnumerable<CatalogEntry> All(ICatalogStore catalog, CatalogQuery query)
    {
        while (true)
        {
            var page = await catalog.Page(JobDeletion.Jobs, query);
            foreach (var entry in page.Entries) yield return entry;
            if (page.Next is null) yield break;
            query = query with { After = page.Next };
        }
    }
}

using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Grains.Jobs.Requests;

namespace PgmCluster.Grains.Jobs;

/// <summary>A job's entry in the catalog, by which it is found, and woken while it is not at rest.</summary>
/// <param name="grains">Finds the catalog.</param>
/// <param name="time">Tells how long ago an id was claimed.</param>
/// <param name="logger">Of the job.</param>
internal sealed class JobCatalogue(IGrainFactory grains, TimeProvider time, ILogger logger)
{
    /// <summary>By then a start has stored its job, or failed, wherever it was under way.</summary>
    private static readonly TimeSpan s_startTakes = TimeSpan.FromMinutes(2);

    /// <summary>What the entry says, where this activation wrote it.</summary>
    private (bool AtRest, JobPhase? Phase)? _written;

    private ICatalogGrain Jobs => grains.GetGrain<ICatalogGrain>("jobs");

    /// <summary>Looks before a job is planned; who comes at the same time is refused by <see cref="Put"/>.</summary>
    /// <exception cref="InvalidRequestException">The id belongs to a job of another kind.</exception>
    public async Task RefuseNameOfOtherKind(string id, JobKind kind)
    {
        if (await Jobs.Find(id) is { JobKind: { } other } && other != kind)
            throw TakenIds.Refusal(id, kind, other);
    }

    /// <summary>Writes the entry unless it is there as it is to be.</summary>
    /// <exception cref="InvalidRequestException">The id belongs to a job of another kind.</exception>
    public async Task Put(CatalogEntry entry)
    {
        if (_written == Said(entry)) return;
        _written = null;
        await Jobs.Put(entry);
        _written = Said(entry);
    }

    /// <summary>The same before a job that rests in the storage is stored as one that goes on.</summary>
    /// <param name="entry">What is to be there.</param>
    /// <param name="title">The job's, for the message.</param>
    /// <param name="endActivation">Called where it fails: memory is ahead of the storage then, as after a write that failed.</param>
    /// <exception cref="PgmException">It cannot be written.</exception>
    public async Task PutBegun(CatalogEntry entry, string title, Action endActivation)
    {
        try
        {
            await Put(entry);
        }
        catch (Exception e)
        {
            endActivation();
            JobLog.CatalogueFailed(logger, e, entry.Name);
            throw e as PgmException ?? new PgmException(
                $"Starting {title}: its entry in the catalog cannot be written ({e.GetType().Name}). Nothing was begun; try again.", e);
        }
    }

    /// <summary>The same where the job goes on without.</summary>
    public async Task PutQuietly(CatalogEntry entry)
    {
        try
        {
            await Put(entry);
        }
        catch (Exception e)
        {
            // The entry still says "not at rest", so the supervisor wakes the job, which tries again.
            JobLog.CatalogueFailed(logger, e, entry.Name);
        }
    }

    /// <summary>Whether there is an entry, written by this activation, that no longer holds.</summary>
    public bool IsBehind(CatalogEntry entry) => _written is { } known && known != Said(entry);

    /// <summary>Takes out the entry of a start that ended before the job was stored: nothing would ever come of it.</summary>
    public async Task RemoveWithoutJob(string id, JobKind kind)
    {
        if (await Jobs.Find(id) is not { AtRest: false } claim || claim.JobKind != kind) return;
        if (time.GetUtcNow() - claim.ChangedAt > s_startTakes) await Jobs.Remove(id);
    }

    private static (bool, JobPhase?) Said(CatalogEntry entry) => (entry.AtRest, entry.Phase);
}

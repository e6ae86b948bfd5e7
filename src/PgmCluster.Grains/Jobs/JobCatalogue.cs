using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Grains.Jobs.Requests;

namespace PgmCluster.Grains.Jobs;

/// <summary>A job's entry in the catalog, by which it is found, and woken while it is not at rest.</summary>
/// <param name="grains">Finds the catalog.</param>
/// <param name="logger">Of the job.</param>
internal sealed class JobCatalogue(IGrainFactory grains, ILogger logger)
{
    private bool? _atRest;

    private ICatalogGrain Jobs => grains.GetGrain<ICatalogGrain>("jobs");

    /// <exception cref="InvalidRequestException">The id belongs to a job of another kind.</exception>
    public async Task RefuseNameOfOtherKind(string id, JobKind kind)
    {
        if (await Jobs.Find(id) is { JobKind: { } other } && other != kind)
            throw new InvalidRequestException(
                $"Starting {JobWords.Of(kind)} job '{id}': the id belongs to a {JobWords.Of(other)} job. Choose another id.");
    }

    /// <summary>Writes the entry unless it is there as it is to be.</summary>
    public async Task Put(CatalogEntry entry)
    {
        if (_atRest == entry.AtRest) return;
        await Jobs.Put(entry);
        _atRest = entry.AtRest;
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
            _atRest = null;
        }
    }

    /// <summary>Whether there is an entry, written by this activation, that no longer holds.</summary>
    public bool IsBehind(bool atRest) => _atRest is { } known && known != atRest;
}

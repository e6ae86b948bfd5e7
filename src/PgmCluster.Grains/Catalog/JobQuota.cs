using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;
using PgmCluster.Grains.Jobs.Requests;
using PgmCluster.Grains.Options;

namespace PgmCluster.Grains.Catalog;

/// <summary>How many jobs of a user may go on at once: who begins one more is refused before anything of it is stored.</summary>
/// <param name="store">Knows which go on.</param>
/// <param name="quotas">What users may have.</param>
internal sealed class JobQuota(ICatalogStore store, UserQuotas quotas)
{
    /// <summary>Two that begin at the same time are counted one after the other.</summary>
    private readonly SemaphoreSlim _turn = new(1);

    /// <param name="catalog">Which catalog it is.</param>
    /// <param name="entry">What is to be written.</param>
    /// <param name="write">Writes it.</param>
    /// <exception cref="InvalidRequestException">It begins a job, and its user has as many as it may.</exception>
    public async Task Write(string catalog, CatalogEntry entry, Func<Task> write)
    {
        if (entry is not { AtRest: false, JobKind: { } kind } || quotas.Of(entry.Owner ?? "").Jobs is not { } most)
        {
            await write();
            return;
        }
        await _turn.WaitAsync();
        try
        {
            // One that goes on already may do so, also where the quota was lowered since.
            if (await store.Find(catalog, entry.Name) is not { AtRest: false })
            {
                var present = await store.CountGoingOn(catalog, entry.Owner ?? "");
                if (present >= most) throw Refusal(entry, JobWords.Of(kind), most, present);
            }
            await write();
        }
        finally
        {
            _turn.Release();
        }
    }

    private static InvalidRequestException Refusal(CatalogEntry entry, string kind, int most, int present) => new(
        $"Starting {kind} job '{entry.Name}': quota of {ForeignText.Of(entry.Owner ?? "those who gave no name")}: {most} job{(most == 1 ? "" : "s")}, "
        + $"{present} queued or running. Wait until one has ended, cancel one ('pgm runs list'), or have Pgm:Quotas raised.")
    {
        Code = PgmErrorCode.Conflict,
    };
}

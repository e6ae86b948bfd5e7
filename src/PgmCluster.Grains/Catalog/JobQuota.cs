using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;
using PgmCluster.Grains.Jobs.Requests;
using PgmCluster.Grains.Options;

namespace PgmCluster.Grains.Catalog;

/// <summary>
/// How many jobs of a user may go on at once, and how much its jobs may have stored when one more is begun: who has all of it is refused
/// before anything of the job is stored.
/// </summary>
/// <param name="store">Knows which go on.</param>
/// <param name="quotas">What users may have.</param>
/// <param name="bytes">Counts what they have stored; null where that is not limited.</param>
internal sealed class JobQuota(ICatalogStore store, UserQuotas quotas, StoredBytes? bytes)
{
    /// <summary>Two that begin at the same time are counted one after the other.</summary>
    private readonly SemaphoreSlim _turn = new(1);

    /// <param name="catalog">Which catalog it is.</param>
    /// <param name="entry">What is to be written.</param>
    /// <param name="write">Writes it.</param>
    /// <exception cref="InvalidRequestException">It begins a job, and its user has as many or as much as it may.</exception>
    public async Task Write(string catalog, CatalogEntry entry, Func<Task> write)
    {
        var quota = quotas.Of(entry.Owner ?? "");
        if (entry is not { AtRest: false, JobKind: not null } || quota is { Jobs: null, Bytes: null })
        {
            await write();
            return;
        }
        if (quota.Bytes is { } room && bytes is not null && await Begins(catalog, entry))
        {
            var has = await bytes.OfAsync(entry.Owner ?? "", room);
            if (has >= room)
                throw Refusal(
                    entry, $"{room} bytes in the artifact store, {has} in use. Delete jobs ('pgm runs delete'; 'pgm store usage' shows "
                    + "whose)");
        }
        if (quota.Jobs is not { } most)
        {
            await write();
            return;
        }
        await _turn.WaitAsync();
        try
        {
            if (await Begins(catalog, entry))
            {
                var present = await store.CountGoingOn(catalog, entry.Owner ?? "");
                if (present >= most)
                    throw Refusal(
                        entry, $"{most} job{(most == 1 ? "" : "s")}, {present} queued or running. Wait until one has ended, cancel one "
                        + "('pgm runs list')");
            }
            await write();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>
    /// One that goes on already may do so, also where the quota was lowered since. Under an id that a job of another kind has nothing begins:
    /// who asks for it is told so when the entry is written, whatever the quota.
    /// </summary>
    private async Task<bool> Begins(string catalog, CatalogEntry entry) =>
        await store.Find(catalog, entry.Name) is not { } present || (present.AtRest && (present.JobKind ?? entry.JobKind) == entry.JobKind);

    private static InvalidRequestException Refusal(CatalogEntry entry, string why) => new(
        $"Starting {JobWords.Of(entry.JobKind!.Value)} job '{entry.Name}': quota of "
        + $"{ForeignText.Of(entry.Owner ?? "those who gave no name")}: {why}, or have Pgm:Quotas raised.")
    {
        Code = PgmErrorCode.Conflict,
    };
}

using Orleans.Concurrency;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Grains.Clocks;
using PgmCluster.Grains.Jobs.Requests;
using PgmCluster.Grains.Options;
using PgmCluster.Grains.Placement;

namespace PgmCluster.Grains.Catalog;

/// <inheritdoc cref="ICatalogGrain"/>
/// <remarks>
/// Keeps nothing in memory, so that calls interleave; it is one grain because a former version's record is to be moved once.
/// </remarks>
[Reentrant, KeepAlive, PreferControlSilo]
public sealed class CatalogGrain : Grain, ICatalogGrain
{
    private readonly IPersistentState<CatalogState> _former;
    private readonly ICatalogStore _store;
    private readonly SteadyClock _clock;
    private readonly TimeSpan _wakeAfter;
    private readonly ILogger<CatalogGrain> _logger;

    public CatalogGrain(
        [PersistentState("catalog", "Default")] IPersistentState<CatalogState> former, ICatalogStore store, GrainsOptions options,
        TimeProvider time, ILogger<CatalogGrain> logger)
    {
        _wakeAfter = options.WakeAfter;
        (_former, _store, _logger) = (former, store, logger);
        _clock = new SteadyClock(time);
    }

    private string Catalog => this.GetPrimaryKeyString();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (await _former.MoveInto(Catalog, _store, _clock.Now) is { } moved) CatalogLog.Moved(_logger, Catalog, moved);
    }

    public async Task Put(CatalogEntry entry)
    {
        if (await _store.Put(Catalog, entry with { ChangedAt = _clock.Now }, _clock.Now + _wakeAfter)) return;
        throw TakenIds.Refusal(entry.Name, entry.JobKind, (await _store.Find(Catalog, entry.Name))?.JobKind);
    }

    public Task Remove(string name) => _store.Remove(Catalog, name);

    public Task<CatalogPage> Page(CatalogQuery query) => _store.Page(Catalog, query);

    public async Task<IReadOnlyList<CatalogEntry>> List() =>
        await this.Read(new CatalogQuery { Limit = CatalogQuery.MostOfAPage }).Reverse().ToListAsync();

    public Task<CatalogEntry?> Find(string name) => _store.Find(Catalog, name);
}

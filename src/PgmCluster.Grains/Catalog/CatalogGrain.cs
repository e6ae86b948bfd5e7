using Orleans.Concurrency;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
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
        var other = await _store.Find(Catalog, entry.Name);
        throw new InvalidRequestException(
            $"Starting {Words(entry)} job '{entry.Name}': the id belongs to a {Words(other)} job. Choose another id.");
    }

    public Task Remove(string name) => _store.Remove(Catalog, name);

    public Task<CatalogPage> Page(CatalogQuery query) => _store.Page(Catalog, query);

    public async Task<IReadOnlyList<CatalogEntry>> List()
    {
        var entries = new List<CatalogEntry>();
        await foreach (var entry in this.Read(new CatalogQuery { Limit = CatalogQuery.MostOfAPage })) entries.Add(entry);
        entries.Reverse();
        return entries;
    }

    public Task<CatalogEntry?> Find(string name) => _store.Find(Catalog, name);

    private static string Words(CatalogEntry? entry) => entry?.JobKind is { } kind ? JobWords.Of(kind) : "other";
}

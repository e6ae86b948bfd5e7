using PgmCluster.Contracts.Catalog;
using PgmCluster.Grains.Placement;
using PgmCluster.Grains.Storage;

namespace PgmCluster.Grains.Catalog;

/// <inheritdoc cref="ICatalogGrain"/>
[PreferControlSilo]
public sealed class CatalogGrain : Grain, ICatalogGrain
{
    private readonly IPersistentState<CatalogState> _state;
    private readonly ILogger<CatalogGrain> _logger;

    public CatalogGrain([PersistentState("catalog", "Default")] IPersistentState<CatalogState> state, ILogger<CatalogGrain> logger)
    {
        _state = state;
        _logger = logger;
    }

    public async Task Put(CatalogEntry entry)
    {
        _state.State.Entries[entry.Name] = entry;
        await this.Save(_state, _logger);
    }

    public async Task Remove(string name)
    {
        if (_state.State.Entries.Remove(name)) await this.Save(_state, _logger);
    }

    public Task<IReadOnlyList<CatalogEntry>> List() => Task.FromResult<IReadOnlyList<CatalogEntry>>(
        [.. _state.State.Entries.Values.OrderBy(e => e.CreatedAt).ThenBy(e => e.Name, StringComparer.Ordinal)]);

    public Task<CatalogEntry?> Find(string name) => Task.FromResult(_state.State.Entries.GetValueOrDefault(name));
}

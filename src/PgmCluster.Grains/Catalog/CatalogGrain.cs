using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;
using Orleans.Metadata;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Grains.Clocks;
using PgmCluster.Grains.Jobs.Requests;
using PgmCluster.Grains.Options;
using PgmCluster.Grains.Placement;

namespace PgmCluster.Grains.Catalog;

/// <inheritdoc cref="ICatalogGrain"/>
/// <remarks>
/// Keeps nothing in memory, so that calls interleave; it is one grain because of the record of the version before, which it keeps for a
/// while (<see cref="KeptRecord"/>).
/// </remarks>
[GrainType("catalog"), Reentrant, KeepAlive, PreferControlSilo(Returns = true)]
public sealed class CatalogGrain : Grain, ICatalogGrain
{
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromMinutes(1);

    private readonly ICatalogStore _store;
    private readonly IFormerSchema _schema;
    private readonly IClusterManifestProvider _manifests;
    private readonly GrainInterfaceTypeResolver _types;
    private readonly SteadyClock _clock;
    private readonly TimeSpan _wakeAfter, _downgradeFor;
    private readonly ILogger<CatalogGrain> _logger;
    private readonly KeptRecord _record;
    private readonly JobQuota _quota;

    /// <summary>Null where nobody's are limited.</summary>
    private readonly StoredBytes? _bytes;
    private IGrainTimer? _look;

    public CatalogGrain(
        [PersistentState("catalog", "Default")] IPersistentState<CatalogState> record, ICatalogStore store, IFormerSchema schema,
        IClusterManifestProvider manifests, GrainInterfaceTypeResolver types, GrainsOptions options, TimeProvider time,
        ILogger<CatalogGrain> logger)
    {
        (_wakeAfter, _downgradeFor) = (options.WakeAfter, options.DowngradeFor);
        (_store, _schema, _manifests, _types, _logger) = (store, schema, manifests, types, logger);
        _clock = new SteadyClock(time);
        if (options.Quotas.LimitBytes) _bytes = ServiceProvider.GetRequiredService<StoredBytes>();
        _quota = new JobQuota(store, options.Quotas, _bytes);
        _record = new KeptRecord(this, record, this.GetPrimaryKeyString(), store, logger);
    }

    private string Catalog => this.GetPrimaryKeyString();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await _record.TakeIn(_clock.Now);
        if (await _schema.OpenSince() is null)
        {
            await _record.Drop();
            return;
        }
        await _record.Keep();
        _look = this.RegisterGrainTimer(
            static (grain, _) => grain.Look(), this, TimeSpan.Zero, _downgradeFor < s_lookEvery ? TimeSpan.FromSeconds(1) : s_lookEvery);
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _record.Dispose();
        return Task.CompletedTask;
    }

    public Task Put(CatalogEntry entry) => _quota.Write(Catalog, entry, () => Write(entry));

    private async Task Write(CatalogEntry entry)
    {
        entry = entry with { ChangedAt = _clock.Now };
        if (await Change(() => _store.Put(Catalog, entry, _clock.Now + _wakeAfter), entries => entries[entry.Name] = entry)) return;
        throw await _store.Find(Catalog, entry.Name) is { } other ? TakenIds.Refusal(entry.Name, entry.JobKind, other.JobKind)
            : TakenIds.Deleting(entry.Name, entry.JobKind);
    }

    public async Task Remove(string name)
    {
        await (_record.IsKept ? _record.Remove(name) : _store.Remove(Catalog, name));
        if (Catalog == StoredBytes.Catalog) _bytes?.Forget(name);
    }

    public Task<CatalogPage> Page(CatalogQuery query) => _store.Page(Catalog, query);

    public async Task<IReadOnlyList<CatalogEntry>> List() => await _store.ReadAll(Catalog).Reverse().ToListAsync();

    public Task<CatalogEntry?> Find(string name) => _store.Find(Catalog, name);

    public async Task<IReadOnlyList<CatalogEntry>> ListMadeFrom(string name)
    {
        var since = (await _store.Find(Catalog, name))?.CreatedAt ?? DateTimeOffset.MinValue;
        return [.. (await _store.MadeFrom(Catalog, name, since)).Reverse()];
    }

    private Task<bool> Change(Func<Task<bool>> changeRows, Action<Dictionary<string, CatalogEntry>> changeRecord) =>
        _record.IsKept ? _record.Change(changeRows, changeRecord) : changeRows();

    /// <summary>Ends the time in which silos of the version before may come back.</summary>
    private async Task Look()
    {
        if (_manifests.HasOlderThanHere(typeof(ICatalogGrain), _types)) return;
        var since = await _schema.OpenSince();
        if (_clock.Now - since < _downgradeFor) return;
        if (since is not null) await _schema.Close();
        await _record.Drop();
        CatalogLog.Closed(_logger, Catalog);
        _look?.Dispose();
    }
}

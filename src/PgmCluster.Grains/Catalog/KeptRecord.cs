using PgmCluster.Contracts.Catalog;
using PgmCluster.Grains.Storage;

namespace PgmCluster.Grains.Catalog;

/// <summary>
/// The record that each catalog was before there were rows. As long as silos of the version before may come back, it is kept beside the
/// rows and says what they say: such a silo lists and wakes by it, and what it writes is taken into the rows when the catalog comes back.
/// </summary>
/// <param name="grain">The catalog.</param>
/// <param name="record">Has no record where there is none.</param>
/// <param name="catalog">Which catalog it is.</param>
/// <param name="rows">What is read by this version.</param>
/// <param name="logger">Of the catalog.</param>
internal sealed class KeptRecord(
    IGrainBase grain, IPersistentState<CatalogState> record, string catalog, ICatalogStore rows, ILogger logger) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>Changes of rows have to go through <see cref="Change"/>.</summary>
    public bool IsKept { get; private set; }

    /// <summary>
    /// Takes what the record says into the rows: where they differ it is newer, as only a silo of the version before writes the one without
    /// the other.
    /// </summary>
    /// <param name="now">Jobs that are not at rest are to be woken at once.</param>
    public async Task TakeIn(DateTimeOffset now)
    {
        if (!record.RecordExists) return;
        var entries = record.State.Entries;
        // The record does not say when an entry was changed: jobs that have just ended must not be taken for old.
        await rows.PutAll(catalog, [.. entries.Values.Select(e => e with { ChangedAt = now })], now);
        if (record.State.IsWhole)
        {
            foreach (var gone in await Rows().Where(e => !entries.ContainsKey(e.Name)).ToListAsync()) await rows.Remove(catalog, gone.Name);
        }
        CatalogLog.TakenIn(logger, catalog, entries.Count);
    }

    /// <summary>Makes the record whole. From then on it is kept.</summary>
    public async Task Keep()
    {
        var entries = new Dictionary<string, CatalogEntry>();
        // Those whose deletion was begun too, as it may be taken back; before and after, as it may be begun meanwhile.
        foreach (var entry in await rows.Deleting(catalog, int.MaxValue)) entries[entry.Name] = entry;
        await foreach (var entry in Rows()) entries[entry.Name] = entry;
        foreach (var entry in await rows.Deleting(catalog, int.MaxValue)) entries[entry.Name] = entry;
        if (!record.State.IsWhole || !entries.Keys.ToHashSet().SetEquals(record.State.Entries.Keys))
        {
            record.State = new CatalogState { IsWhole = true, Entries = entries, Unknown = record.State.Unknown };
            await grain.Save(record, logger);
        }
        IsKept = true;
        CatalogLog.Kept(logger, catalog, entries.Count);
    }

    /// <summary>Makes a change of the rows and the same of the record; durable in both when the task completes.</summary>
    /// <param name="changeRows">False where nothing was changed.</param>
    /// <param name="changeRecord">Is given the record's entries.</param>
    public async Task<bool> Change(Func<Task<bool>> changeRows, Action<Dictionary<string, CatalogEntry>> changeRecord)
    {
        await _turn.WaitAsync();
        try
        {
            if (!await changeRows()) return false;
            if (!IsKept) return true;
            changeRecord(record.State.Entries);
            await grain.Save(record, logger);
            return true;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Takes an entry out of both.</summary>
    public async Task Remove(string name)
    {
        await _turn.WaitAsync();
        try
        {
            if (IsKept)
            {
                // First: what only the rows have is taken out again, what only the record has would be brought back.
                record.State.Entries.Remove(name);
                await grain.Save(record, logger);
            }
            await rows.Remove(catalog, name);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Nobody reads it any more.</summary>
    public async Task Drop()
    {
        await _turn.WaitAsync();
        try
        {
            // In this order: a record that is there must say what the rows do.
            if (record.RecordExists) await record.ClearStateAsync();
            IsKept = false;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private IAsyncEnumerable<CatalogEntry> Rows() => rows.ReadAll(catalog);
}

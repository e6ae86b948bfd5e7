using PgmCluster.Contracts.Catalog;
using PgmCluster.Grains.Catalog;

namespace PgmCluster.Grains.Tests.Support;

/// <summary>The catalogs' rows, as in a silo; writes wait or fail where <see cref="FileGrainStorage"/> is told so.</summary>
public sealed class TestCatalogStore(ICatalogStore store, FileGrainStorage storage) : ICatalogStore
{
    /// <summary>What <see cref="FileGrainStorage"/> calls writes of the catalogs.</summary>
    public const string Name = "catalog";

    public async Task<bool> Put(string catalog, CatalogEntry entry, DateTimeOffset due)
    {
        await storage.BeforeWrite(Name);
        return await store.Put(catalog, entry, due);
    }

    public Task PutAll(string catalog, IReadOnlyCollection<CatalogEntry> entries, DateTimeOffset due) =>
        store.PutAll(catalog, entries, due);

    public Task<CatalogEntry?> Find(string catalog, string name) => store.Find(catalog, name);

    public Task<CatalogPage> Page(string catalog, CatalogQuery query) => store.Page(catalog, query);

    public Task<IReadOnlyList<CatalogEntry>> MadeFrom(string catalog, string name, DateTimeOffset since) =>
        store.MadeFrom(catalog, name, since);

    public Task<int> CountGoingOn(string catalog, string owner) => store.CountGoingOn(catalog, owner);

    public async Task<bool> Mark(string catalog, string name, EntryMark seen, EntryMark mark, DateTimeOffset? changedAt = null)
    {
        if (storage.BeforeMark is { } before)
        {
            storage.BeforeMark = null;
            await before();
        }
        return await store.Mark(catalog, name, seen, mark, changedAt);
    }

    public Task<IReadOnlyList<CatalogEntry>> Deleting(string catalog, int most) => store.Deleting(catalog, most);

    public async Task Remove(string catalog, string name)
    {
        await storage.BeforeWrite(Name);
        await store.Remove(catalog, name);
    }
}

using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;

namespace PgmCluster.Grains.Catalog;

/// <summary>The catalogs in the state database, a row for each entry. Every change is one statement.</summary>
public interface ICatalogStore
{
    /// <summary>Adds or replaces an entry; durable when the call returns.</summary>
    /// <param name="catalog">"jobs" or "datasets".</param>
    /// <param name="entry">What is to be there.</param>
    /// <param name="due">When a job that is not at rest is to be woken.</param>
    /// <returns>False where the name belongs to a job of another kind: nothing was changed.</returns>
    Task<bool> Put(string catalog, CatalogEntry entry, DateTimeOffset due);

    /// <summary>Adds or replaces many, all or none. Rows that say the same stay as they are.</summary>
    Task PutAll(string catalog, IReadOnlyCollection<CatalogEntry> entries, DateTimeOffset due);

    Task<CatalogEntry?> Find(string catalog, string name);

    /// <exception cref="InvalidRequestException">The query's limit or place cannot be.</exception>
    Task<CatalogPage> Page(string catalog, CatalogQuery query);

    /// <summary>Takes an entry out; one that is not there is no error.</summary>
    Task Remove(string catalog, string name);
}

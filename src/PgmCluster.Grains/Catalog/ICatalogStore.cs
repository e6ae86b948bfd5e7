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
    /// <returns>False where the name belongs to a job of another kind, or to one that is being deleted: nothing was changed.</returns>
    Task<bool> Put(string catalog, CatalogEntry entry, DateTimeOffset due);

    /// <summary>Adds or replaces many, all or none. Rows that say the same stay as they are.</summary>
    Task PutAll(string catalog, IReadOnlyCollection<CatalogEntry> entries, DateTimeOffset due);

    Task<CatalogEntry?> Find(string catalog, string name);

    /// <exception cref="InvalidRequestException">The query's limit or place cannot be.</exception>
    Task<CatalogPage> Page(string catalog, CatalogQuery query);

    /// <summary>Entries made from something that are not at rest or were created since, the newest last.</summary>
    Task<IReadOnlyList<CatalogEntry>> MadeFrom(string catalog, string name, DateTimeOffset since);

    /// <summary>How many jobs of a user are not at rest.</summary>
    /// <param name="catalog">Which catalog it is.</param>
    /// <param name="owner">The user; empty for all jobs of whoever gave no name.</param>
    Task<int> CountGoingOn(string catalog, string owner);

    /// <summary>Changes what becomes of an entry, where it is marked as it was seen; what is being deleted has to be at rest.</summary>
    /// <param name="catalog">Which catalog it is.</param>
    /// <param name="name">Of the entry.</param>
    /// <param name="seen">What it is marked as.</param>
    /// <param name="mark">What it is to be marked as.</param>
    /// <param name="changedAt">When it was written last as it was seen; null where that does not matter.</param>
    /// <returns>False where it is marked otherwise, or goes on, or was written since, or is not there.</returns>
    Task<bool> Mark(string catalog, string name, EntryMark seen, EntryMark mark, DateTimeOffset? changedAt = null);

    /// <summary>Entries whose deletion was begun.</summary>
    /// <param name="catalog">Which catalog it is.</param>
    /// <param name="most">The most of them.</param>
    Task<IReadOnlyList<CatalogEntry>> Deleting(string catalog, int most);

    /// <summary>Takes an entry out; one that is not there is no error.</summary>
    Task Remove(string catalog, string name);
}

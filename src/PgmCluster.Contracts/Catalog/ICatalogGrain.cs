using Orleans.CodeGeneration;
using PgmCluster.Contracts.Callers;

namespace PgmCluster.Contracts.Catalog;

/// <summary>Names of what exists. The key is the kind: "jobs" or "datasets".</summary>
[Alias("pgm.ICatalogGrain"), Version(2)]
public interface ICatalogGrain : IGrainWithStringKey
{
    /// <summary>Adds or replaces an entry; durable when the call returns.</summary>
    /// <exception cref="Errors.InvalidRequestException">The name belongs to a job of another kind.</exception>
    [Alias("Put"), ForSilos]
    Task Put(CatalogEntry entry);

    /// <summary>All entries by time of creation. Of a catalog that may be long, ask for pages.</summary>
    [Alias("List")]
    Task<IReadOnlyList<CatalogEntry>> List();

    /// <summary>Some of the entries, those created last first.</summary>
    /// <exception cref="Errors.InvalidRequestException">The query's limit or place cannot be.</exception>
    [Alias("Page")]
    Task<CatalogPage> Page(CatalogQuery query);

    /// <summary>One entry; null where there is none of that name.</summary>
    [Alias("Find")]
    Task<CatalogEntry?> Find(string name);

    /// <summary>
    /// Jobs that were made from something, which need not be there any more: those submitted last first. All that came after it are looked at.
    /// </summary>
    /// <param name="name">A job's id, or a dataset's name.</param>
    [Alias("ListMadeFrom")]
    Task<IReadOnlyList<CatalogEntry>> ListMadeFrom(string name);

    /// <summary>Takes an entry out; one that is not there is no error.</summary>
    [Alias("Remove"), ForSilos]
    Task Remove(string name);
}

namespace PgmCluster.Contracts.Catalog;

/// <summary>Names of what exists. The key is the kind: "jobs" or "datasets".</summary>
[Alias("pgm.ICatalogGrain")]
public interface ICatalogGrain : IGrainWithStringKey
{
    /// <summary>Adds or replaces an entry; durable when the call returns.</summary>
    [Alias("Put")]
    Task Put(CatalogEntry entry);

    /// <summary>Entries by time of creation.</summary>
    [Alias("List")]
    Task<IReadOnlyList<CatalogEntry>> List();

    [Alias("Find")]
    Task<CatalogEntry?> Find(string name);

    /// <summary>Takes an entry out; one that is not there is no error.</summary>
    [Alias("Remove")]
    Task Remove(string name);
}

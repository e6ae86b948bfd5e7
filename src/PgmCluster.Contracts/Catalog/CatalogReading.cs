namespace PgmCluster.Contracts.Catalog;

/// <summary>Reading a catalog of any length.</summary>
public static class CatalogReading
{
    /// <summary>
    /// All entries that a query asks for, those created last first, a page at a time. What is created meanwhile is not among them; nothing
    /// comes twice.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="query">Its limit is the size of a page.</param>
    public static async IAsyncEnumerable<CatalogEntry> Read(this ICatalogGrain catalog, CatalogQuery query)
    {
        while (true)
        {
            var page = await catalog.Page(query);
            foreach (var entry in page.Entries) yield return entry;
            if (page.Next is null) yield break;
            query = query with { After = page.Next };
        }
    }
}

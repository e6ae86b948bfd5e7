using PgmCluster.Contracts.Catalog;

namespace PgmCluster.Grains.Catalog;

/// <summary>All rows of a catalog, page by page.</summary>
internal static class CatalogRows
{
    /// <summary>Those created last first.</summary>
    public static async IAsyncEnumerable<CatalogEntry> ReadAll(this ICatalogStore store, string catalog)
    {
        var query = new CatalogQuery { Limit = CatalogQuery.MostOfAPage };
        while (true)
        {
            var page = await store.Page(catalog, query);
            foreach (var entry in page.Entries) yield return entry;
            if (page.Next is null) yield break;
            query = query with { After = page.Next };
        }
    }
}

namespace PgmCluster.Grains.Catalog;

/// <summary>Moves the entries that an older version left in one record into rows.</summary>
internal static class FormerCatalog
{
    /// <summary>
    /// Moves them and clears the record. What it says is newer than a row: only a silo of an older version, in the midst of an upgrade,
    /// writes the record when there are rows.
    /// </summary>
    /// <param name="former">What the older version left; has no record where there is nothing to move.</param>
    /// <param name="catalog">Which catalog it is.</param>
    /// <param name="store">The rows.</param>
    /// <param name="due">When jobs that are not at rest are to be woken.</param>
    /// <returns>How many were moved; null where there was nothing to move.</returns>
    public static async Task<int?> MoveInto(
        this IPersistentState<CatalogState> former, string catalog, ICatalogStore store, DateTimeOffset due)
    {
        if (!former.RecordExists) return null;
        var entries = former.State.Entries.Values;
        await store.PutAll(catalog, entries, due);
        await former.ClearStateAsync();
        return entries.Count;
    }
}

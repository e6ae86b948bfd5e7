using PgmCluster.Grains.Catalog;

namespace PgmCluster.Silo.Tests.Storage.States;

/// <summary>What is stored since the record of a catalog is kept beside its rows.</summary>
internal static class StoredCatalogs
{
    /// <param name="before">The samples of before.</param>
    public static IEnumerable<(string File, object State)> After(IReadOnlyList<(string File, object State)> before)
    {
        var catalog = StoredStates.CopyOf<CatalogState>(before, "catalog.2.json");
        catalog.IsWhole = true;
        yield return ("catalog.3.json", catalog);
        yield return ("catalog-entry.1.json", catalog.Entries.Values.Single());
    }
}

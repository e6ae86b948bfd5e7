namespace PgmCluster.Contracts.Catalog;

/// <summary>Some entries of a catalog, those created last first.</summary>
/// <param name="Entries">In the order of their creation backwards.</param>
/// <param name="Next">Where the next page begins (<see cref="CatalogQuery.After"/>); null where there is none.</param>
[GenerateSerializer, Immutable, Alias("pgm.CatalogPage")]
public sealed record CatalogPage(
    [property: Id(0)] IReadOnlyList<CatalogEntry> Entries, [property: Id(1)] string? Next);

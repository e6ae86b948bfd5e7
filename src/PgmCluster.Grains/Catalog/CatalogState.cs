using PgmCluster.Contracts.Catalog;

namespace PgmCluster.Grains.Catalog;

/// <summary>State of a catalog grain.</summary>
[GenerateSerializer]
public sealed class CatalogState
{
    [Id(0)] public int FormatVersion { get; set; } = 1;

    [Id(1)] public Dictionary<string, CatalogEntry> Entries { get; set; } = [];
}

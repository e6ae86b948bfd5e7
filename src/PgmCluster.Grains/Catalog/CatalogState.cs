using System.Text.Json.Serialization;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.State;

namespace PgmCluster.Grains.Catalog;

/// <summary>State of a catalog grain.</summary>
[GenerateSerializer]
public sealed class CatalogState
{
    [Id(0)] public int FormatVersion { get; set; } = 1;

    [Id(1)] public Dictionary<string, CatalogEntry> Entries { get; set; } = [];

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; set; }
}

using System.Text.Json.Serialization;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.State;

namespace PgmCluster.Grains.Catalog;

/// <summary>The entries as versions before rows stored them, all in one record.</summary>
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

using System.Text.Json.Serialization;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.State;

namespace PgmCluster.Grains.Catalog;

/// <summary>The entries as versions before rows stored them, all in one record.</summary>
[GenerateSerializer, Alias("pgm.CatalogState")]
public sealed class CatalogState
{
    [Id(0)] public int FormatVersion { get; set; } = 1;

    [Id(1)] public Dictionary<string, CatalogEntry> Entries { get; set; } = [];

    /// <summary>
    /// It was written beside the rows, and holds all that they did: what is missing in it since was taken out. Versions that know no rows
    /// carry this through.
    /// </summary>
    [Id(2)] public bool IsWhole { get; set; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; set; }
}

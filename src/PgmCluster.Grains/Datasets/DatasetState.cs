using System.Text.Json.Serialization;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.State;

namespace PgmCluster.Grains.Datasets;

/// <summary>State of a dataset grain.</summary>
[GenerateSerializer]
public sealed class DatasetState
{
    [Id(0)] public int FormatVersion { get; set; } = 1;

    /// <summary>Null before the first registration.</summary>
    [Id(1)] public DatasetInfo? Info { get; set; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; set; }
}

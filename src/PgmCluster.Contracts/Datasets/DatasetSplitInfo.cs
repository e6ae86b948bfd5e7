using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Datasets;

/// <summary>A range of a dataset's images in the order of its <see cref="DatasetInfo.Index"/>.</summary>
[GenerateSerializer, Immutable, Alias("pgm.DatasetSplitInfo")]
public sealed record DatasetSplitInfo([property: Id(0)] string Name, [property: Id(1)] int Start, [property: Id(2)] int Count)
{
    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}

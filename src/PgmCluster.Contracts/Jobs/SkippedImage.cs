using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Jobs;

/// <summary>An image that cannot be decoded and was left out.</summary>
/// <param name="Shard">The dataset's shard that it lies in.</param>
/// <param name="Key">Its name there.</param>
/// <param name="Reason">What is wrong with it, a clause.</param>
[GenerateSerializer, Immutable, Alias("pgm.SkippedImage")]
public sealed record SkippedImage(
    [property: Id(0)] string Shard, [property: Id(1)] string Key, [property: Id(2)] string Reason)
{
    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}

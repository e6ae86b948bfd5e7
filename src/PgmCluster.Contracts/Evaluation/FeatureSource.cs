using System.Text.Json.Serialization;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Evaluation;

/// <summary>The network that features come from.</summary>
/// <param name="Kind">One of <see cref="FeatureKinds"/>.</param>
/// <param name="Name">The classifier's run, or the name of the weights file.</param>
/// <param name="Weights">The weights by content.</param>
/// <param name="Resize">How images are brought to the network's size; "none" for a classifier, which sees them as they are.</param>
[GenerateSerializer, Immutable, Alias("pgm.FeatureSource")]
public sealed record FeatureSource(
    [property: Id(0)] string Kind, [property: Id(1)] string Name, [property: Id(2)] ArtifactReference Weights,
    [property: Id(3)] string Resize)
{
    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}

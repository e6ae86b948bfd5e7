using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Evaluation;

/// <summary>
/// How generated and reference images cover each other, by balls that reach to the third nearest neighbour of the same set.
/// </summary>
/// <param name="Precision">Share of generated images inside the ball of some reference image.</param>
/// <param name="Recall">Share of reference images inside the ball of some generated image.</param>
/// <param name="Density">Reference balls around a generated image, divided by 3, on average.</param>
/// <param name="Coverage">Share of reference images with a generated one in their ball.</param>
[GenerateSerializer, Immutable, Alias("pgm.NeighbourScores")]
public sealed record NeighbourScores(
    [property: Id(0)] double Precision, [property: Id(1)] double Recall, [property: Id(2)] double Density,
    [property: Id(3)] double Coverage)
{
    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}

using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Evaluation;

/// <summary>Exactly which images.</summary>
/// <param name="Dataset">Name of the dataset.</param>
/// <param name="Split">One of its splits.</param>
/// <param name="Count">So many of its images, the same for whoever asks for as many.</param>
/// <param name="Sha256">
/// SHA-256 over the dataset's content hash, how its order is drawn, the position of the first image and their number; lower-case hex.
/// </param>
[GenerateSerializer, Immutable, Alias("pgm.ImageSet")]
public sealed record ImageSet(
    [property: Id(0)] string Dataset, [property: Id(1)] string Split, [property: Id(2)] int Count, [property: Id(3)] string Sha256)
{
    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}

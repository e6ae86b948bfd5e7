using System.Text.Json.Serialization;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Sampling;

/// <summary>What a sampling job made.</summary>
[GenerateSerializer, Immutable, Alias("pgm.SamplingResult")]
public sealed record SamplingResult
{
    /// <summary>All images in one PNG, a row per class.</summary>
    [Id(0)] public required ArtifactReference Grid { get; init; }

    /// <summary>One PNG each, class by class.</summary>
    [Id(1)] public required IReadOnlyList<ArtifactReference> Images { get; init; }

    /// <summary>What to know about the images, in one line; null where there is nothing to say.</summary>
    [Id(2)] public string? Note { get; init; }

    /// <summary>The rows' classes with their index, such as "3 Dress"; null in results from before they were recorded.</summary>
    [Id(3)] public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}

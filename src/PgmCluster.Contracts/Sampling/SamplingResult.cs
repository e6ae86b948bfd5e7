using PgmCluster.Contracts.Jobs;

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
}

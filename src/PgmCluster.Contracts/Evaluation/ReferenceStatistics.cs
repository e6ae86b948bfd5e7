using System.Text.Json.Serialization;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Evaluation;

/// <summary>Named statistics of real images.</summary>
[GenerateSerializer, Immutable, Alias("pgm.ReferenceStatistics")]
public sealed record ReferenceStatistics
{
    /// <summary>The name that evaluations call them by.</summary>
    [Id(0)] public required string Name { get; init; }

    /// <summary>The images that they are of.</summary>
    [Id(1)] public required ImageSet Images { get; init; }

    /// <summary>Side in pixels to which they were prepared.</summary>
    [Id(2)] public required int ImageSize { get; init; }

    /// <summary>What made features of the images.</summary>
    [Id(3)] public required FeatureSource Features { get; init; }

    /// <summary>Mean and covariance, F64, as safetensors.</summary>
    [Id(4)] public required ArtifactReference File { get; init; }

    /// <summary>Features of the images, F32, chunk by chunk: what precision and its kin are computed from.</summary>
    [Id(5)] public required IReadOnlyList<ArtifactReference> Chunks { get; init; }

    /// <summary>Images that cannot be decoded and were left out, in the order of the images; null for none.</summary>
    [Id(6)] public IReadOnlyList<SkippedImage>? Skipped { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}

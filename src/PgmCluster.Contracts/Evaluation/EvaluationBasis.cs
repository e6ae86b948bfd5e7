using System.Text.Json.Serialization;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Evaluation;

/// <summary>What scores were computed with and against: two scores compare only where this is alike.</summary>
[GenerateSerializer, Immutable, Alias("pgm.EvaluationBasis")]
public sealed record EvaluationBasis
{
    /// <summary>What made features of the images.</summary>
    [Id(0)] public required FeatureSource Features { get; init; }

    /// <summary>The images that all others were compared with.</summary>
    [Id(1)] public required ImageSet Reference { get; init; }

    /// <summary>Name of the reference statistics; null where they were computed within the evaluation.</summary>
    [Id(2)] public string? Statistics { get; init; }

    /// <summary>Weights of the generating model.</summary>
    [Id(3)] public required ArtifactReference Model { get; init; }

    /// <summary>Generated images.</summary>
    [Id(4)] public required int Images { get; init; }

    /// <summary>Held-out real images, and as many reconstructions of them.</summary>
    [Id(5)] public required int HeldOutImages { get; init; }

    /// <summary>Decides every draw, together with the chunk size.</summary>
    [Id(6)] public required long Seed { get; init; }

    /// <summary>Images per chunk of the generated ones; each chunk has a seed of its own.</summary>
    [Id(7)] public required int ChunkSize { get; init; }

    /// <summary>How tokens were drawn.</summary>
    [Id(8)] public required SamplingSettings Sampling { get; init; }

    /// <summary>Of the generating model's products, of features and of what is computed from them.</summary>
    [Id(9)] public string Precision { get; init; } = "features float32, statistics and distances float64";

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}

using PgmCluster.Contracts.Sampling;

namespace PgmCluster.Contracts.Evaluation;

/// <summary>
/// Scores of generated images, beside the same scores of held-out real images and of the tokenizer's reconstructions of them.
/// Features and classes come from a classifier trained on the real images.
/// </summary>
[GenerateSerializer, Immutable, Alias("pgm.EvaluationRequest")]
public sealed record EvaluationRequest
{
    /// <summary>Completed training run of kind "pgm" or "maskgit".</summary>
    [Id(0)] public required string Model { get; init; }

    /// <summary>Completed training run of kind "classifier".</summary>
    [Id(1)] public required string Classifier { get; init; }

    /// <summary>Images of each kind that are scored; for the real ones the validation split must hold as many.</summary>
    [Id(2)] public int Images { get; init; } = 1000;

    [Id(3)] public long Seed { get; init; }

    /// <summary>Images per chunk; each chunk has a seed of its own.</summary>
    [Id(4)] public int ChunkSize { get; init; } = 250;

    [Id(5)] public SamplingSettings Settings { get; init; } = new();
}

using System.Text.Json.Serialization;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Evaluation;

/// <summary>
/// The scores; null where one does not apply. "Frechet" is the Frechet distance between features of the named images and of the
/// reference. With the features of the FID Inception network it is FID. With a classifier's penultimate layer it is computed like FID
/// but is not FID, and compares only within one classifier. <see cref="Basis"/> says which.
/// </summary>
[GenerateSerializer, Immutable, Alias("pgm.EvaluationScores")]
public sealed record EvaluationScores
{
    /// <summary>Share of held-out real images whose class the classifier names right.</summary>
    [Id(0)] public double? ClassifierAccuracyReal { get; init; }

    /// <summary>The same share of the tokenizer's reconstructions of them.</summary>
    [Id(1)] public double? ClassAccuracyReconstructed { get; init; }

    /// <summary>Share of generated images that the classifier puts in the class they were generated for.</summary>
    [Id(2)] public double? ClassAccuracyGenerated { get; init; }

    /// <summary>Of the held-out real images.</summary>
    [Id(3)] public double? FrechetReal { get; init; }

    /// <summary>Of the tokenizer's reconstructions of them.</summary>
    [Id(4)] public double? FrechetReconstructed { get; init; }

    /// <summary>Of the generated images.</summary>
    [Id(5)] public required double FrechetGenerated { get; init; }

    /// <summary>Mean squared error of the reconstructions, pixels in [-1, 1].</summary>
    [Id(6)] public double? ReconstructionMse { get; init; }

    /// <summary>Generated images.</summary>
    [Id(7)] public required int Images { get; init; }

    /// <summary>Images in the reference statistics.</summary>
    [Id(8)] public required int ReferenceImages { get; init; }

    /// <summary>Inception score in 10 splits, with Inception's features only.</summary>
    [Id(9)] public double? InceptionScore { get; init; }

    /// <summary>
    /// As the reference computes it: both sets cut into 5 consecutive chunks, chunk against chunk, averaged. Null where a chunk has fewer
    /// than 4 images.
    /// </summary>
    [Id(10)] public NeighbourScores? InFiveChunks { get; init; }

    /// <summary>The same of all images at once. Null for fewer than 4 images.</summary>
    [Id(11)] public NeighbourScores? Whole { get; init; }

    /// <summary>What the scores were computed with and against; null in those of versions before it was recorded.</summary>
    [Id(12)] public EvaluationBasis? Basis { get; init; }

    /// <summary>Images that cannot be decoded and were left out, in the order of the images; null for none.</summary>
    [Id(13)] public IReadOnlyList<SkippedImage>? Skipped { get; init; }

    /// <summary>
    /// Why Frechet distances are not to be compared with others: fewer images than features, so that a covariance has not full rank. Null
    /// where nothing is wrong with them.
    /// </summary>
    [Id(14)] public string? Remark { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}

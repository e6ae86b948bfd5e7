namespace PgmCluster.Contracts.Evaluation;

/// <summary>
/// The scores. "Frechet" is the Frechet distance between features of the named images and of the whole training split,
/// features being the classifier's penultimate layer: it is computed like FID but is not FID, and compares only within one classifier.
/// </summary>
[GenerateSerializer, Immutable, Alias("pgm.EvaluationScores")]
public sealed record EvaluationScores
{
    /// <summary>Share of held-out real images whose class the classifier names right.</summary>
    [Id(0)] public required double ClassifierAccuracyReal { get; init; }

    [Id(1)] public required double ClassAccuracyReconstructed { get; init; }

    /// <summary>Share of generated images that the classifier puts in the class they were generated for.</summary>
    [Id(2)] public required double ClassAccuracyGenerated { get; init; }

    [Id(3)] public required double FrechetReal { get; init; }

    [Id(4)] public required double FrechetReconstructed { get; init; }

    [Id(5)] public required double FrechetGenerated { get; init; }

    /// <summary>Mean squared error of the reconstructions, pixels in [-1, 1].</summary>
    [Id(6)] public required double ReconstructionMse { get; init; }

    /// <summary>Images of each kind.</summary>
    [Id(7)] public required int Images { get; init; }

    /// <summary>Training images in the reference statistics.</summary>
    [Id(8)] public required int ReferenceImages { get; init; }
}

using PgmCluster.Modeling.Metrics;

namespace PgmCluster.Execution.Documents;

/// <summary>Scores; the members are those of the contracts' EvaluationScores.</summary>
public sealed record EvaluationResult
{
    public double? ClassifierAccuracyReal { get; init; }
    public double? ClassAccuracyReconstructed { get; init; }
    public double? ClassAccuracyGenerated { get; init; }
    public double? FrechetReal { get; init; }
    public double? FrechetReconstructed { get; init; }
    public required double FrechetGenerated { get; init; }
    public double? ReconstructionMse { get; init; }
    public required int Images { get; init; }
    public required int ReferenceImages { get; init; }

    /// <summary>Width of the features.</summary>
    public int? Features { get; init; }
    public double? InceptionScore { get; init; }
    public ManifoldScores? InFiveChunks { get; init; }
    public ManifoldScores? Whole { get; init; }
}

namespace PgmCluster.Execution.Evaluation;

/// <summary>Scores; the members are those of the contracts' EvaluationScores.</summary>
public sealed record EvaluationResult
{
    public required double ClassifierAccuracyReal { get; init; }
    public required double ClassAccuracyReconstructed { get; init; }
    public required double ClassAccuracyGenerated { get; init; }
    public required double FrechetReal { get; init; }
    public required double FrechetReconstructed { get; init; }
    public required double FrechetGenerated { get; init; }
    public required double ReconstructionMse { get; init; }
    public required int Images { get; init; }
    public required int ReferenceImages { get; init; }
}

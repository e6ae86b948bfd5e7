using PgmCluster.Data.Artifacts;

namespace PgmCluster.Execution.Documents;

/// <summary>Result of a training run; the members are those of the contracts' TrainingResult.</summary>
/// <remarks>Two records because work items answer in JSON without Orleans; the training run's grain maps one to the other.</remarks>
public sealed record TrainResult
{
    public required long Steps { get; init; }
    public required double FinalLoss { get; init; }
    public required long Parameters { get; init; }
    public required string WeightsSha256 { get; init; }
    public required ArtifactInfo Weights { get; init; }
    public ArtifactInfo? Checkpoint { get; init; }
    public ArtifactInfo? LossCurve { get; init; }
    public string? EmaSha256 { get; init; }
    public string? OptimizerSha256 { get; init; }
    public double? ValidationLoss { get; init; }
}

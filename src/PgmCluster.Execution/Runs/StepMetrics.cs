namespace PgmCluster.Execution.Runs;

/// <summary>What is noted of a step.</summary>
/// <param name="Step">From 0.</param>
/// <param name="Loss">Mean of the micro-batches' means.</param>
/// <param name="GradientNorm">Before clipping.</param>
/// <param name="LearningRate">Of this step.</param>
/// <param name="ValidationLoss">Of the held-out examples after this step; null where it was not computed.</param>
public sealed record StepMetrics(long Step, double Loss, double GradientNorm, double LearningRate, double? ValidationLoss = null);

namespace PgmCluster.Data.Checkpoints;

/// <summary>What AdamW keeps of one parameter.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="First">Mean of the gradients (exp_avg).</param>
/// <param name="Second">Mean of their squares (exp_avg_sq).</param>
public sealed record OptimizerMoments(double Step, CheckpointTensor First, CheckpointTensor Second);

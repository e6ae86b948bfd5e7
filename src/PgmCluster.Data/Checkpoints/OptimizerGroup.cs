namespace PgmCluster.Data.Checkpoints;

/// <summary>Settings that PyTorch's AdamW keeps for a group of parameters.</summary>
public sealed record OptimizerGroup
{
    /// <summary>The rate of the last step.</summary>
    public required double LearningRate { get; init; }

    public double Beta1 { get; init; } = 0.9;

    public double Beta2 { get; init; } = 0.999;

    public double Epsilon { get; init; } = 1e-8;

    public double WeightDecay { get; init; } = 0.01;

    /// <summary>Indices of the parameters: their places among the model's named parameters, buffers not counted.</summary>
    public required IReadOnlyList<long> Parameters { get; init; }
}

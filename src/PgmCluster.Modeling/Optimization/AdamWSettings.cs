namespace PgmCluster.Modeling.Optimization;

/// <summary>AdamW with decoupled weight decay on every parameter.</summary>
public sealed record AdamWSettings
{
    public double Beta1 { get; init; } = 0.9;

    public double Beta2 { get; init; } = 0.999;

    public double Epsilon { get; init; } = 1e-8;

    public double WeightDecay { get; init; } = 0.03;
}

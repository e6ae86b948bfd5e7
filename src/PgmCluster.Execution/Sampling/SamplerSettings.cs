namespace PgmCluster.Execution.Sampling;

/// <summary>How tokens are drawn; the members are those of the contracts' SamplingSettings.</summary>
public sealed record SamplerSettings
{
    public string Sampler { get; init; } = "halton";
    public int Steps { get; init; } = 16;
    public double Guidance { get; init; } = 1;
    public string GuidanceSchedule { get; init; } = "linear";
    public double LogitScale { get; init; } = 1;
    public bool RandomizeOrder { get; init; }
    public int BatchSize { get; init; } = 100;
    public int Threads { get; init; }
    public bool UseEma { get; init; } = true;
}

using PgmCluster.Modeling.Masking;
using PgmCluster.Modeling.Sampling;

namespace PgmCluster.Execution.Specifications;

/// <summary>How tokens are drawn; the members are those of the contracts' SamplingSettings, with nothing left open.</summary>
/// <remarks>
/// Two records because this project knows nothing of Orleans, clients know nothing of this one, and the work items' JSON is frozen. They are
/// mapped at one edge, the grains' SamplingSettingsMapping; a test holds members and defaults together.
/// </remarks>
public sealed record SamplerSettings
{
    public RevealMethod Sampler { get; init; } = RevealMethod.Halton;
    public int Steps { get; init; } = 16;
    public double Guidance { get; init; } = 1;
    public string GuidanceSchedule { get; init; } = "linear";
    public double LogitScale { get; init; } = 1;
    public bool RandomizeOrder { get; init; }
    public int BatchSize { get; init; } = 100;
    public int Threads { get; init; }
    public bool UseEma { get; init; } = true;
    public double? LogitScaleEnd { get; init; }
    public int WarmUpSteps { get; init; }
    public int TopK { get; init; }
    public MaskingSchedule Curve { get; init; } = MaskingSchedule.Arccos;
    public double ConfidenceNoise { get; init; } = new TokenSamplerSettings().ConfidenceNoise;
    public bool CompatReference { get; init; }
    public string Precision { get; init; } = Precisions.Float32;

    public TokenSamplerSettings ToTokenSampler() => new()
    {
        Method = Sampler,
        Steps = Steps,
        Guidance = Guidance,
        LinearGuidance = GuidanceSchedule == "linear",
        LogitScaleStart = LogitScale,
        LogitScaleEnd = LogitScaleEnd ?? LogitScale,
        WarmUpSteps = WarmUpSteps,
        TopK = TopK,
        RandomizeOrder = RandomizeOrder,
        Curve = Curve,
        ConfidenceNoise = ConfidenceNoise,
        CompatReference = CompatReference,
    };
}

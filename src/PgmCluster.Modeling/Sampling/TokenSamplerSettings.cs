using PgmCluster.Modeling.Masking;

namespace PgmCluster.Modeling.Sampling;

/// <summary>How a sampler draws tokens. Work items write these members as they are named here, with what they add to them.</summary>
public record TokenSamplerSettings
{
    public RevealMethod Sampler { get; init; } = RevealMethod.Halton;

    /// <summary>Steps S in which the tokens are revealed.</summary>
    public int Steps { get; init; } = 16;

    /// <summary>Weight w: logits = (1+w) cond - w uncond. 0 runs no unconditional pass.</summary>
    public double Guidance { get; init; } = 1;

    public GuidanceSchedule GuidanceSchedule { get; init; } = GuidanceSchedule.Linear;

    /// <summary>
    /// Factor on the logits in the first step; grows linearly to <see cref="LogitScaleEnd"/>. The public code calls it temperature.
    /// </summary>
    public double LogitScale { get; init; } = 1;

    /// <summary>Null for <see cref="LogitScale"/>.</summary>
    public double? LogitScaleEnd { get; init; }

    /// <summary>In this many first steps the factor is halved.</summary>
    public int WarmUpSteps { get; init; }

    /// <summary>Draw among the k most likely codes only; 0 for all.</summary>
    public int TopK { get; init; }

    /// <summary>Halton: roll the order by a random distance, another for each image.</summary>
    public bool RandomizeOrder { get; init; }

    /// <summary>
    /// Curve of the share of known tokens over the steps. (The public code has a choice for Confidence only, and the arccos for Halton.)
    /// </summary>
    public MaskingSchedule Curve { get; init; } = MaskingSchedule.Arccos;

    /// <summary>Confidence: factor of the Gumbel noise in the first step; shrinks linearly to 0 in the last.</summary>
    public double ConfidenceNoise { get; init; } = 5;

    /// <summary>
    /// Do as the public code does, quirks included: MaskGIT draws known cells again at every step, the mask and bos ids may be drawn (but
    /// for Halton with PGM), and Confidence with PGM has counts of its own.
    /// </summary>
    public bool CompatReference { get; init; }

    /// <summary>w_i.</summary>
    internal double GuidanceAt(int step) =>
        GuidanceSchedule == GuidanceSchedule.Linear && Steps > 1 ? Guidance * step / (Steps - 1) : Guidance;

    /// <summary>The factor on the logits.</summary>
    internal double LogitScaleAt(int step)
    {
        var scale = LogitScale + ((LogitScaleEnd ?? LogitScale) - LogitScale) * Progress(step);
        return step < WarmUpSteps ? scale / 2 : scale;
    }

    /// <summary>The factor of the confidence noise.</summary>
    internal double NoiseAt(int step) => ConfidenceNoise * (1 - Progress(step));

    private double Progress(int step) => Steps > 1 ? step / (double)(Steps - 1) : 0;
}

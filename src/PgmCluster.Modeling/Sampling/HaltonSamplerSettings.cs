namespace PgmCluster.Modeling.Sampling;

/// <summary>How a Halton sampler draws.</summary>
public sealed record HaltonSamplerSettings
{
    /// <summary>Steps in which the tokens are revealed.</summary>
    public int Steps { get; init; } = 32;

    /// <summary>Weight w: logits = (1+w) cond - w uncond. 0 runs no unconditional pass.</summary>
    public double Guidance { get; init; }

    /// <summary>True: w_i = w i/(S-1), and w where S = 1. False: w in every step.</summary>
    public bool LinearGuidance { get; init; } = true;

    /// <summary>Factor on the logits in the first step; grows linearly to <see cref="LogitScaleEnd"/>. The public code calls it temperature.</summary>
    public double LogitScaleStart { get; init; } = 1;

    public double LogitScaleEnd { get; init; } = 1;

    /// <summary>In this many first steps the factor is halved.</summary>
    public int WarmUpSteps { get; init; }

    /// <summary>Draw among the k most likely codes only; 0 for all.</summary>
    public int TopK { get; init; }

    /// <summary>Roll the order by a random distance, another for each image.</summary>
    public bool RandomizeOrder { get; init; }
}

namespace PgmCluster.Modeling.Sampling;

/// <summary>Which positions a sampler reveals in a step.</summary>
public enum RevealMethod
{
    /// <summary>The next ones of a Halton sequence, the same for every image (arXiv 2503.17076). Only these are predicted.</summary>
    Halton,

    /// <summary>Those whose drawn codes are the most probable, with some noise (arXiv 2202.04200). All open ones are predicted.</summary>
    Confidence,
}

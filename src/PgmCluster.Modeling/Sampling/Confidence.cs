using static TorchSharp.torch;

namespace PgmCluster.Modeling.Sampling;

/// <summary>How sure a sampler is of what it drew.</summary>
internal static class Confidence
{
    /// <param name="logProbabilities">Of the drawn codes, F64 [B, Q].</param>
    /// <param name="noise">Factor of the Gumbel noise.</param>
    /// <param name="draws">Random numbers.</param>
    /// <param name="step">From 0.</param>
    /// <returns>F64 [B, Q]: log-probability of the drawn code plus noise.</returns>
    public static Tensor Of(Tensor logProbabilities, double noise, SamplerDraws draws, int step)
    {
        using var scope = NewDisposeScope();
        var gumbel = draws.Gumbel(step, logProbabilities.size(0), logProbabilities.size(1)).to(logProbabilities.device);
        return (logProbabilities + gumbel * noise).MoveToOuterDisposeScope();
    }
}

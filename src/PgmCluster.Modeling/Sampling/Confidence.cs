using static TorchSharp.torch;

namespace PgmCluster.Modeling.Sampling;

/// <summary>How sure a sampler is of what it drew.</summary>
internal static class Confidence
{
    /// <param name="logits">F64 [B, Q, N]</param>
    /// <param name="drawn">I64 [B, Q]</param>
    /// <param name="noise">Factor of the Gumbel noise.</param>
    /// <param name="draws">Random numbers.</param>
    /// <param name="step">From 0.</param>
    /// <returns>F64 [B, Q]: log-probability of the drawn code plus noise.</returns>
    public static Tensor Of(Tensor logits, Tensor drawn, double noise, SamplerDraws draws, int step)
    {
        using var scope = NewDisposeScope();
        var chosen = logits.gather(-1, drawn.unsqueeze(-1)).squeeze(-1) - logits.logsumexp(-1);
        return (chosen + draws.Gumbel(step, drawn.shape[0], drawn.shape[1]).to(drawn.device) * noise).MoveToOuterDisposeScope();
    }
}

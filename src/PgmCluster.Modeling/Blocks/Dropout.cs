using static TorchSharp.torch;

namespace PgmCluster.Modeling.Blocks;

/// <summary>
/// Dropout whose mask comes from a generator of our own. libtorch's default CPU generator is one per process: two devices in one
/// process would race on it, and the mask would depend on who computed what before.
/// </summary>
/// <param name="Probability">Share of elements set to zero; the others are scaled by 1/(1-p).</param>
/// <param name="Generator">Seeded for the micro-batch.</param>
public sealed record Dropout(double Probability, Generator Generator)
{
    /// <returns>Float32, also for a narrower <paramref name="x"/>: there the scale itself would be rounded.</returns>
    public Tensor Apply(Tensor x)
    {
        if (Probability <= 0) return x;
        using var scope = NewDisposeScope();
        Tensor mask;
        using (no_grad())
        {
            mask = rand(x.shape, dtype: float32, generator: Generator).to(x.device).ge(Probability).to_type(float32).div_(1 - Probability);
        }
        return (x * mask).MoveToOuterDisposeScope();
    }
}

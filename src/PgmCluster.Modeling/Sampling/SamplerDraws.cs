using static TorchSharp.torch;

namespace PgmCluster.Modeling.Sampling;

/// <summary>The random numbers of a sampler, in the order they are asked for. Tests replay recorded ones.</summary>
public class SamplerDraws(Generator generator)
{
    /// <summary>Uniform numbers of a step.</summary>
    /// <returns>F64 [B, P]</returns>
    public virtual Tensor Uniforms(int step, long batch, long positions) => rand(batch, positions, dtype: float64, generator: generator);

    /// <summary>Distances by which the orders are rolled, each below <paramref name="cells"/>.</summary>
    public virtual int[] Rolls(long batch, int cells)
    {
        using var scope = NewDisposeScope();
        return [.. (rand(batch, dtype: float64, generator: generator) * cells).data<double>().Select(d => Math.Min(cells - 1, (int)d))];
    }
}

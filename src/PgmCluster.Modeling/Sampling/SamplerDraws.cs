using static TorchSharp.torch;

namespace PgmCluster.Modeling.Sampling;

/// <summary>The random numbers of a sampler, in the order they are asked for. Tests replay recorded ones.</summary>
public class SamplerDraws(Generator generator)
{
    /// <summary>Uniform numbers of a step.</summary>
    /// <returns>F64 [B, P]</returns>
    public virtual Tensor Uniforms(int step, long batch, long positions) => rand(batch, positions, dtype: float64, generator: generator);

    /// <summary>Standard Gumbel noise of a step.</summary>
    /// <returns>F64 [B, P]</returns>
    public virtual Tensor Gumbel(int step, long batch, long positions)
    {
        using var scope = NewDisposeScope();
        // 1 - u is in (0, 1]; at 1 the inner logarithm is 0, which the outer one must not see.
        var exponential = (1 - rand(batch, positions, dtype: float64, generator: generator)).log().neg().clamp_min(double.Epsilon);
        return exponential.log().neg().MoveToOuterDisposeScope();
    }

    /// <summary>Distances by which the orders are rolled, each below <paramref name="cells"/>.</summary>
    public virtual int[] Rolls(long batch, int cells)
    {
        using var scope = NewDisposeScope();
        return [.. (rand(batch, dtype: float64, generator: generator) * cells).data<double>().Select(d => Math.Min(cells - 1, (int)d))];
    }
}

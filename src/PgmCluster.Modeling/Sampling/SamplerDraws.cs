using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Sampling;

/// <summary>The random numbers of a sampler; those of a step do not depend on the steps before. Tests replay recorded ones.</summary>
/// <param name="stream">Of the batch.</param>
/// <param name="device">Where the numbers are wanted; null: the CPU.</param>
public class SamplerDraws(RandomStream stream, Device? device = null)
{
    private readonly Device _device = device ?? CPU;

    /// <summary>Uniform numbers of a step.</summary>
    /// <returns>F64 [B, P]</returns>
    public virtual Tensor Uniforms(int step, long batch, long positions) => stream.Fork(2L * step).UniformDouble(_device, batch, positions);

    /// <summary>Standard Gumbel noise of a step.</summary>
    /// <returns>F64 [B, P]</returns>
    public virtual Tensor Gumbel(int step, long batch, long positions)
    {
        using var scope = NewDisposeScope();
        // 1 - u is in (0, 1]; at 1 the inner logarithm is 0, which the outer one must not see.
        var exponential = (1 - stream.Fork(2L * step + 1).UniformDouble(_device, batch, positions)).log().neg().clamp_min(double.Epsilon);
        return exponential.log().neg().MoveToOuterDisposeScope();
    }

    /// <summary>Distances by which the orders are rolled, each below <paramref name="cells"/>.</summary>
    public virtual int[] Rolls(long batch, int cells)
    {
        using var scope = NewDisposeScope();
        return [.. HostRead.Values<double>(stream.Fork(-1).UniformDouble(CPU, batch) * cells).Select(d => Math.Min(cells - 1, (int)d))];
    }
}

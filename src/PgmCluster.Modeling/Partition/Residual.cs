using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Kernels;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Partition;

/// <summary>The second half of every block of a partition transformer, and the sum with which a sampler ends both.</summary>
internal static class Residual
{
    /// <summary>x + gate mlp(norm(x) (1 + scale) + shift), with dropout on the branch.</summary>
    /// <param name="x">[B, T, H]</param>
    /// <param name="m">The block's modulation.</param>
    /// <param name="norm">Before the MLP.</param>
    /// <param name="mlp">The MLP.</param>
    /// <param name="dropout">Null outside training.</param>
    /// <returns>[B, T, H]</returns>
    public static Tensor Mlp(Tensor x, Modulation m, LayerNormLayer norm, MlpLayer mlp, Dropout? dropout)
    {
        using var scope = NewDisposeScope();
        var branch = mlp.Forward(Elementwise.Modulate(norm.Forward(x), m.Shift2, m.Scale2));
        return Elementwise.AddProduct(x, m.Gate2, dropout.ApplyOrPass(branch)).MoveToOuterDisposeScope();
    }

    /// <summary>The same in a sampler, by kernels of inference where they serve.</summary>
    /// <param name="x">[B, T, H]</param>
    /// <param name="m">The block's modulation.</param>
    /// <param name="norm">Before the MLP.</param>
    /// <param name="mlp">The MLP.</param>
    /// <returns>[B, T, H]</returns>
    public static Tensor SampledMlp(Tensor x, Modulation m, LayerNormLayer norm, MlpLayer mlp)
    {
        using var scope = NewDisposeScope();
        return Sampled(x, m.Gate2, mlp.Forward(norm.Sampled(x, m.Shift2, m.Scale2))).MoveToOuterDisposeScope();
    }

    /// <summary>x + gate branch in a sampler.</summary>
    /// <param name="x">[B, T, H]</param>
    /// <param name="gate">[B, 1, H]</param>
    /// <param name="branch">[B, T, H]; it may be overwritten.</param>
    public static Tensor Sampled(Tensor x, Tensor gate, Tensor branch) =>
        GatedSum.TryWrite(x, gate, branch) ? branch : Elementwise.AddProduct(x, gate, branch);
}

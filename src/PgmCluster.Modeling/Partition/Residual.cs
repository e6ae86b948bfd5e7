using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Partition;

/// <summary>The second half of every block of a partition transformer.</summary>
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
}

using static TorchSharp.torch;

namespace PgmCluster.Modeling.Blocks;

/// <summary>The weightless root-mean-square norm over the last dimension, eps 1e-5.</summary>
public static class RootMeanSquare
{
    private const double Epsilon = 1e-5;

    public static Tensor Normalize(Tensor x)
    {
        using var scope = NewDisposeScope();
        var meanSquare = x.square().mean([-1], keepdim: true);
        return (x * (meanSquare + Epsilon).rsqrt()).MoveToOuterDisposeScope();
    }
}

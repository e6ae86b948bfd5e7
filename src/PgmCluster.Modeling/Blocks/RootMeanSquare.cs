using static TorchSharp.torch;

namespace PgmCluster.Modeling.Blocks;

/// <summary>The weightless root-mean-square norm over the last dimension, eps 1e-5.</summary>
public static class RootMeanSquare
{
    private const double Epsilon = 1e-5;

    public static Tensor Normalize(Tensor x)
    {
        using var scope = NewDisposeScope();
        // Through the vector norm, which reads x once and writes no squares.
        var norm = linalg.vector_norm(x, 2, [-1], keepdim: true);
        return (x * (norm.square() / x.size(-1) + Epsilon).rsqrt()).MoveToOuterDisposeScope();
    }
}

using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Blocks;

/// <summary>Root-mean-square norm over the last dimension, eps 1e-5, with a weight, and a bias if asked for.</summary>
public sealed class RmsNormLayer : NamedModule
{
    public RmsNormLayer(long width, bool bias = false) : base(nameof(RmsNormLayer))
    {
        W = Weight("weight", width);
        B = bias ? Weight("bias", width) : null;
    }

    public Parameter W { get; }

    public Parameter? B { get; }

    public Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var normal = RootMeanSquare.Normalize(x);
        return (B is null ? normal * W : Elementwise.AddProduct(B, normal, W)).MoveToOuterDisposeScope();
    }
}

using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Blocks;

/// <summary>Root-mean-square norm over the last dimension, eps 1e-5, with a weight, and a bias if asked for.</summary>
public sealed class RmsNormLayer : NamedModule
{
    public RmsNormLayer(long width, bool bias = false, Device? device = null) : base(nameof(RmsNormLayer), device)
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

    /// <summary>
    /// The norm followed by a modulation, norm(x) * scale + shift, with weight and bias folded into the modulation: two passes over x
    /// fewer.
    /// </summary>
    /// <param name="x">[B, T, width]</param>
    /// <param name="shift">[B, 1, width]</param>
    /// <param name="scale">[B, 1, width]</param>
    public Tensor Modulated(Tensor x, Tensor shift, Tensor scale)
    {
        using var scope = NewDisposeScope();
        var offset = B is null ? shift : Elementwise.AddProduct(shift, B, scale);
        return Elementwise.AddProduct(offset, RootMeanSquare.Normalize(x), W * scale).MoveToOuterDisposeScope();
    }
}

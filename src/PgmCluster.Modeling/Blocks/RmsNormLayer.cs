using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Blocks;

/// <summary>Root-mean-square norm over the last dimension, eps 1e-5, with a weight.</summary>
public sealed class RmsNormLayer : NamedModule
{
    private const double Epsilon = 1e-5;

    public RmsNormLayer(long width) : base(nameof(RmsNormLayer)) => W = Weight("weight", width);

    public Parameter W { get; }

    public Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var meanSquare = x.square().mean([-1], keepdim: true);
        return (x * (meanSquare + Epsilon).rsqrt() * W).MoveToOuterDisposeScope();
    }
}

using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Blocks;

/// <summary>y = x W^T + b, weight [output, input], bias [output] or none.</summary>
public sealed class LinearLayer : NamedModule
{
    public LinearLayer(long input, long output, bool bias = true) : base(nameof(LinearLayer))
    {
        W = Weight("weight", output, input);
        B = bias ? Weight("bias", output) : null;
    }

    public Parameter W { get; }

    public Parameter? B { get; }

    /// <param name="x">[..., input]</param>
    /// <returns>[..., output]</returns>
    public Tensor Forward(Tensor x) => nn.functional.linear(x, W, B);
}

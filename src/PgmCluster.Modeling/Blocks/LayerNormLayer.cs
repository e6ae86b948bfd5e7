using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Blocks;

/// <summary>Layer norm over the last dimension, eps 1e-5, computed in float32.</summary>
public sealed class LayerNormLayer : NamedModule
{
    private const double Epsilon = 1e-5;
    private readonly long[] _shape;

    public LayerNormLayer(long width, bool bias, Device? device = null) : base(nameof(LayerNormLayer), device)
    {
        _shape = [width];
        W = Weight("weight", width);
        B = bias ? Weight("bias", width) : null;
    }

    public Parameter W { get; }

    public Parameter? B { get; }

    /// <summary>The norm without weight and bias.</summary>
    internal static Tensor Normalize(Tensor x) => nn.functional.layer_norm(x, [x.shape[^1]], null, null, Epsilon);

    public Tensor Forward(Tensor x) => nn.functional.layer_norm(x, _shape, W, B, Epsilon);
}

using PgmCluster.Modeling.Kernels;
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

    /// <summary>The norm without weight and bias, in a sampler.</summary>
    internal static Tensor Normalize(Tensor x) => ModulatedNorm.Of(x, Epsilon)
        ?? nn.functional.layer_norm(x, [x.size(-1)], null, null, Epsilon);

    public Tensor Forward(Tensor x) => nn.functional.layer_norm(x, _shape, W, B, Epsilon);

    /// <summary>The norm and what conditioning does to it, norm(x) · scale + shift, in a sampler.</summary>
    /// <param name="x">[B, T, width]</param>
    /// <param name="shift">[B, 1, width]</param>
    /// <param name="scale">[B, 1, width], whole, with its 1.</param>
    internal Tensor Sampled(Tensor x, Tensor shift, Tensor scale)
    {
        if (B is null && ModulatedNorm.Of(x, W, shift, scale, Epsilon) is { } modulated) return modulated;
        using var scope = NewDisposeScope();
        return Elementwise.Modulate(Forward(x), shift, scale).MoveToOuterDisposeScope();
    }
}

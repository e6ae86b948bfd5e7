using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tokenizer;

/// <summary>x + conv(swish(norm(conv(swish(norm(x)))))), with a 1x1 shortcut where the width changes.</summary>
public sealed class ResidualBlock : NamedModule
{
    private readonly GroupNormLayer _norm1, _norm2;
    private readonly ConvLayer _conv1, _conv2;
    private readonly ConvLayer? _shortcut;

    public ResidualBlock(int input, int output, int groups, Device? device = null) : base(nameof(ResidualBlock), device)
    {
        _norm1 = Child("norm1", new GroupNormLayer(groups, input, device: device));
        _conv1 = Child("conv1", new ConvLayer(input, output, 3, padding: 1, device: device));
        _norm2 = Child("norm2", new GroupNormLayer(groups, output, device: device));
        _conv2 = Child("conv2", new ConvLayer(output, output, 3, padding: 1, device: device));
        if (input != output) _shortcut = Child("nin_shortcut", new ConvLayer(input, output, 1, device: device));
    }

    /// <param name="x">[B, input, h, w]</param>
    /// <returns>[B, output, h, w]</returns>
    public Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var h = _conv1.Forward(nn.functional.silu(_norm1.Forward(x)));
        h = _conv2.Forward(nn.functional.silu(_norm2.Forward(h)));
        return ((_shortcut?.Forward(x) ?? x) + h).MoveToOuterDisposeScope();
    }
}

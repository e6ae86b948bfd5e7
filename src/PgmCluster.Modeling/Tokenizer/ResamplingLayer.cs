using PgmCluster.Modeling.Blocks;
using TorchSharp;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tokenizer;

/// <summary>Halves or doubles a feature map.</summary>
public sealed class ResamplingLayer : NamedModule
{
    private readonly ConvLayer _conv;
    private readonly bool _up;

    public ResamplingLayer(int channels, bool up, Device? device = null) : base(nameof(ResamplingLayer), device)
    {
        _up = up;
        _conv = Child(
            "conv",
            up ? new ConvLayer(channels, channels, 3, padding: 1, device: device) : new ConvLayer(
                channels, channels, 3, stride: 2, device: device));
    }

    /// <summary>Down: zero padding right and bottom by 1, then a stride-2 convolution. Up: nearest neighbour, then a convolution.</summary>
    public Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var resized = _up
            ? nn.functional.interpolate(x, scale_factor: [2, 2], mode: InterpolationMode.Nearest)
            : nn.functional.pad(x, (0, 1, 0, 1), PaddingModes.Constant, 0);
        return _conv.Forward(resized).MoveToOuterDisposeScope();
    }
}

using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Blocks;

/// <summary>2-D convolution with bias, weight [output, input, k, k].</summary>
public sealed class ConvLayer : NamedModule
{
    private readonly long[] _stride, _padding;

    public ConvLayer(long input, long output, long kernel, long stride = 1, long padding = 0) : base(nameof(ConvLayer))
    {
        W = Weight("weight", output, input, kernel, kernel);
        B = Weight("bias", output);
        _stride = [stride, stride];
        _padding = [padding, padding];
    }

    public Parameter W { get; }

    public Parameter B { get; }

    /// <param name="x">[B, input, h, w]</param>
    public Tensor Forward(Tensor x) => nn.functional.conv2d(x, W, B, _stride, _padding, dilation: [1, 1]);
}

using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Blocks;

/// <summary>2-D convolution with bias, weight [output, input, k, k].</summary>
public sealed class ConvLayer : NamedModule
{
    /// <summary>Channels that oneDNN's kernels take at a time.</summary>
    private const long ChannelBlock = 16;

    private readonly long[] _stride, _padding;
    private readonly long _surplus;

    public ConvLayer(long input, long output, long kernel, long stride = 1, long padding = 0) : base(nameof(ConvLayer))
    {
        W = Weight("weight", output, input, kernel, kernel);
        B = Weight("bias", output);
        _stride = [stride, stride];
        _padding = [padding, padding];
        _surplus = kernel > 1 ? (ChannelBlock - output % ChannelBlock) % ChannelBlock : 0;
    }

    public Parameter W { get; }

    public Parameter B { get; }

    /// <param name="x">[B, input, h, w]</param>
    public Tensor Forward(Tensor x)
    {
        if (_surplus == 0 || !is_grad_enabled()) return nn.functional.conv2d(x, W, B, _stride, _padding, dilation: [1, 1]);
        // On some AVX-512 CPUs (seen: AMD EPYC, libtorch 2.10) oneDNN computes wrong gradients of x, even NaN, where the output's channels
        // are no whole blocks. Channels of zeros, cut off again, make them whole.
        using var scope = NewDisposeScope();
        var weight = nn.functional.pad(W, [0, 0, 0, 0, 0, 0, 0, _surplus]);
        var padded = nn.functional.conv2d(x, weight, nn.functional.pad(B, [0, _surplus]), _stride, _padding, dilation: [1, 1]);
        return padded.narrow(1, 0, W.shape[0]).MoveToOuterDisposeScope();
    }
}

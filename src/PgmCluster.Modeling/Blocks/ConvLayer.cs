using PgmCluster.Modeling.Runtime;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Blocks;

/// <summary>2-D convolution, weight [output, input, k, k], bias [output] or none.</summary>
public sealed class ConvLayer : NamedModule
{
    /// <summary>Channels that oneDNN's kernels take at a time.</summary>
    private const long ChannelBlock = 16;

    private readonly long[] _stride, _padding;
    private readonly long _surplus;

    public ConvLayer(
        long input, long output, long kernel, long stride = 1, long padding = 0, bool bias = true,
        Device? device = null) : base(nameof(ConvLayer), device)
    {
        W = Weight("weight", output, input, kernel, kernel);
        B = bias ? Weight("bias", output) : null;
        _stride = [stride, stride];
        _padding = [padding, padding];
        _surplus = kernel > 1 ? (ChannelBlock - output % ChannelBlock) % ChannelBlock : 0;
    }

    public Parameter W { get; }

    public Parameter? B { get; }

    /// <param name="x">[B, input, h, w]</param>
    /// <returns>[B, output, h/stride, w/stride], of the type of <paramref name="x"/></returns>
    public Tensor Forward(Tensor x)
    {
        Placement.Check(W, x, B);
        var (weight, bias) = (ToComputeType(W), ToComputeType(B));
        // On some AVX-512 CPUs (seen: AMD EPYC, libtorch 2.10) oneDNN computes wrong gradients of x, even NaN, where the output's channels
        // are no whole blocks; in bfloat16 the outputs themselves are wrong. Channels of zeros, cut off again, make them whole.
        if (_surplus == 0 || (!is_grad_enabled() && ComputeType == ScalarType.Float32)) return ToTypeOf(x, Convolve(x, weight, bias));
        using var scope = NewDisposeScope();
        var padded = Convolve(
            x, nn.functional.pad(weight, [0, 0, 0, 0, 0, 0, 0, _surplus]), bias is null ? null : nn.functional.pad(bias, [0, _surplus]));
        return ToTypeOf(x, padded.narrow(1, 0, W.shape[0])).MoveToOuterDisposeScope();
    }

    private Tensor Convolve(Tensor x, Tensor weight, Tensor? bias) =>
        nn.functional.conv2d(ToComputeType(x), weight, bias, _stride, _padding, dilation: [1, 1]);
}

using PgmCluster.Modeling.Blocks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Metrics.Inception;

/// <summary>Convolution without bias, batch norm in evaluation mode (eps 0.001), ReLU: weights "conv.weight" and "bn.*".</summary>
public sealed class InceptionConv : NamedModule
{
    private readonly Kernel _conv;
    private readonly RunningNorm _norm;
    private readonly long[] _stride, _padding;

    /// <param name="input">Channels in.</param>
    /// <param name="output">Channels out.</param>
    /// <param name="height">Rows of the kernel.</param>
    /// <param name="width">Columns of the kernel.</param>
    /// <param name="stride">Of both directions.</param>
    /// <param name="padded">Zeros around the map such that stride 1 keeps its size.</param>
    public InceptionConv(long input, long output, long height = 1, long width = 1, long stride = 1, bool padded = true) : base(nameof(InceptionConv))
    {
        _conv = Child("conv", new Kernel(output, input, height, width));
        _norm = Child("bn", new RunningNorm(output));
        _stride = [stride, stride];
        _padding = padded ? [height / 2, width / 2] : [0, 0];
    }

    /// <param name="x">[B, input, h, w]</param>
    public Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var mapped = nn.functional.conv2d(x, _conv.W, strides: _stride, padding: _padding, dilation: [1, 1]);
        return _norm.Forward(mapped).relu_().MoveToOuterDisposeScope();
    }

    private sealed class Kernel : NamedModule
    {
        public Kernel(params long[] shape) : base(nameof(Kernel)) => W = Weight("weight", shape);

        public Parameter W { get; }
    }

    private sealed class RunningNorm : NamedModule
    {
        private const double Epsilon = 0.001;
        private readonly Parameter _weight, _bias;
        private readonly Tensor _mean, _variance;

        public RunningNorm(long channels) : base(nameof(RunningNorm))
        {
            _weight = Weight("weight", channels);
            _bias = Weight("bias", channels);
            _mean = Buffer("running_mean", zeros(channels), persistent: true);
            _variance = Buffer("running_var", ones(channels), persistent: true);
            Buffer("num_batches_tracked", zeros([], dtype: int64), persistent: true);
        }

        public Tensor Forward(Tensor x) => nn.functional.batch_norm(x, _mean, _variance, _weight, _bias, training: false, momentum: 0, eps: Epsilon);
    }
}

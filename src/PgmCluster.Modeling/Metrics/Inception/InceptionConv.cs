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

    /// <param name="shape">Kernel and channels.</param>
    /// <param name="device">Where it computes; null for the CPU.</param>
    public InceptionConv(InceptionConvShape shape, Device? device = null) : base(nameof(InceptionConv), device)
    {
        _conv = Child("conv", new Kernel(device, shape.Output, shape.Input, shape.Height, shape.Width));
        _norm = Child("bn", new RunningNorm(shape.Output, device));
        _stride = [shape.Stride, shape.Stride];
        _padding = shape.Padded ? [shape.Height / 2, shape.Width / 2] : [0, 0];
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
        public Kernel(Device? device, params long[] shape) : base(nameof(Kernel), device) => W = Weight("weight", shape);

        public Parameter W { get; }
    }

    private sealed class RunningNorm : NamedModule
    {
        private const double Epsilon = 0.001;
        private readonly Parameter _weight, _bias;
        private readonly Tensor _mean, _variance;

        public RunningNorm(long channels, Device? device = null) : base(nameof(RunningNorm), device)
        {
            _weight = Weight("weight", channels);
            _bias = Weight("bias", channels);
            _mean = Buffer("running_mean", zeros(channels, dtype: float32, device: Device), persistent: true);
            _variance = Buffer("running_var", ones(channels, dtype: float32, device: Device), persistent: true);
            Buffer("num_batches_tracked", zeros([], dtype: int64, device: Device), persistent: true);
        }

        public Tensor Forward(Tensor x) =>
            nn.functional.batch_norm(x, _mean, _variance, _weight, _bias, training: false, momentum: 0, eps: Epsilon);
    }
}

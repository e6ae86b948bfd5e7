using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Blocks;

public class ConvLayerTests
{
    [Theory, InlineData(1), InlineData(3), InlineData(8), InlineData(16), InlineData(24)]
    public void Forward_BFloat16WithAnyNumberOfOutputChannels_IsNearFloat32(long output)
    {
        using var scope = NewDisposeScope();
        using var layer = new ConvLayer(32, output, 3, padding: 1, bias: false);
        using var generator = new Generator(1, CPU);
        using var _ = no_grad();
        layer.W.copy_(randn(layer.W.shape, dtype: float32, generator: generator) * 0.1);
        var x = randn([2, 32, 12, 12], dtype: float32, generator: generator);
        var exact = layer.Forward(x);

        layer.ComputeType = ScalarType.BFloat16;
        var rounded = layer.Forward(x);

        Assert.Equal(ScalarType.Float32, rounded.dtype);
        Assert.InRange((rounded - exact).norm().item<float>() / exact.norm().item<float>(), 1e-4, 1e-2);
    }

    [Theory, InlineData(1), InlineData(3), InlineData(8), InlineData(16), InlineData(20)]
    public void Backward_AnyNumberOfOutputChannels_GivesTheGradientsOfDoublePrecision(long output)
    {
        using var scope = NewDisposeScope();
        using var layer = new ConvLayer(32, output, 3, padding: 1);
        using var generator = new Generator(1, CPU);
        using (no_grad()) layer.W.copy_(randn(layer.W.shape, dtype: float32, generator: generator) * 0.1);
        var x = randn([2, 32, 28, 28], dtype: float32, generator: generator).requires_grad_();
        var weights = randn([2, output, 28, 28], dtype: float32, generator: generator);

        (layer.Forward(x) * weights).sum().backward();

        var x64 = x.detach().to_type(float64).requires_grad_();
        var w64 = layer.W.detach().to_type(float64).requires_grad_();
        (nn.functional.conv2d(x64, w64, null, [1, 1], [1, 1], [1, 1]) * weights.to_type(float64)).sum().backward();
        Assert.True((x.grad! - x64.grad!).abs().max().item<double>() < 1e-4);
        Assert.True((layer.W.grad! - w64.grad!).abs().max().item<double>() < 1e-2);
    }
}

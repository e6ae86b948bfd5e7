using PgmCluster.Modeling.Kernels;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Tests.Golden;
using TorchSharp;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Kernels;

/// <summary>Against libtorch's operators in float64; where the processor has no AVX-512 these are compared with themselves.</summary>
public class TanhGeluTests
{
    /// <summary>Whole vectors, one that is padded, and arguments at which an exponential would overflow.</summary>
    [Theory]
    [InlineData(64, 1)]
    [InlineData(37, 1)]
    [InlineData(5, 1)]
    [InlineData(64, 30)]
    public void Of_ValuesAndGradients_AreLibtorchs(int count, double size)
    {
        using var scope = NewDisposeScope();
        var draws = RandomStream.Of(1, RandomPurpose.MicroBatch);
        var x = (draws.Normal(3, count) * size).requires_grad_();
        var gradient = draws.Normal(3, count);
        var exact = x.detach().to_type(float64).requires_grad_();
        var expected = nn.functional.gelu(exact, TorchSharp.Modules.GELU.Approximate.tanh, false);
        expected.backward([gradient.to_type(float64)]);

        var y = TanhGelu.Of(x, mayOverwrite: false);
        y.backward([gradient]);
        GoldenFiles.Close(expected.detach().to_type(float32), y.detach(), 1e-6, 1e-6);
        GoldenFiles.Close(exact.grad!.to_type(float32), x.grad!, 2e-6, 2e-6);

        // The same bits without a graph, in a place of its own and over the argument.
        using var _ = no_grad();
        var values = x.detach().clone();
        GoldenFiles.Equal(y.detach(), TanhGelu.Of(values, mayOverwrite: false), "without a graph");
        TanhGelu.Of(values, mayOverwrite: true);
        GoldenFiles.Equal(y.detach(), values, "in place");
    }

    /// <summary>What is not a number stays so: a run that diverges must be seen to.</summary>
    [Fact]
    public void Of_NoNumber_IsNone()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var y = TanhGelu.Of(tensor(Enumerable.Repeat(float.NaN, 20).ToArray()), mayOverwrite: false);
        Assert.True(y.isnan().all().item<bool>());
    }
}

using PgmCluster.Modeling.Kernels;
using PgmCluster.Modeling.Optimization;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Runtime;
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

    /// <summary>A tensor may have more bytes than a span: it is gone through in slices, of whatever length, with the same bits.</summary>
    [Theory]
    [InlineData(7)]
    [InlineData(16)]
    [InlineData(1000)]
    public void Forward_InSlices_HasTheSameBits(int slice)
    {
        OwnKernels.SkipWithoutAvx512();
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var x = RandomStream.Of(1, RandomPurpose.MicroBatch).Normal(9, 37);
        var (whole, slopes, y, inSlices) = (empty_like(x), empty_like(x), empty_like(x), empty_like(x));
        TanhGelu.Forward(x, whole, VectorKernels.Slice);
        TanhGelu.Forward(x, y, slice);
        GoldenFiles.Equal(whole, y, "values");
        TanhGelu.Backward(x, whole, slopes, VectorKernels.Slice);
        TanhGelu.Backward(x, whole, inSlices, slice);
        GoldenFiles.Equal(slopes, inSlices, "gradients");
        TanhGelu.Forward(x, x, slice);
        GoldenFiles.Equal(whole, x, "in place");
        Assert.Equal(0, TanhGelu.Of(empty(0, 5), mayOverwrite: false).numel());
    }

    /// <summary>
    /// The bits are those of the processor's instructions, with vectors of 256 bits (DOTNET_PreferredVectorBitWidth=256) as with 512.
    /// </summary>
    [Fact]
    public void Forward_WhereverThereIsAvx512_HasTheseBits()
    {
        OwnKernels.SkipWithoutAvx512();
        using var scope = NewDisposeScope();
        var x = arange(-100, 101, dtype: float32) / 8;
        var (y, slopes) = (empty_like(x), empty_like(x));
        TanhGelu.Forward(x, y, VectorKernels.Slice);
        TanhGelu.Backward(x, ones_like(x), slopes, VectorKernels.Slice);
        Assert.Equal((-7038808540655833278, 435461468065478444), (OwnKernels.Bits(y), OwnKernels.Bits(slopes)));
    }

    /// <summary>
    /// The numerics fingerprint names the processor's instructions, not how wide .NET likes its vectors; with
    /// DOTNET_PreferredVectorBitWidth=256 this and the golden values hold too.
    /// </summary>
    [Fact]
    public void Serve_AsksWhatTheFingerprintNames()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(NativeRuntime.CpuModel.StartsWith("x64-avx512", StringComparison.Ordinal), VectorKernels.Serve(zeros(3)));
    }

    /// <summary>A gradient of a gradient, as a penalty on gradients takes it, is no constant.</summary>
    [Theory]
    [InlineData(64)]
    [InlineData(5)]
    public void Of_SecondDerivatives_AreLibtorchs(int count)
    {
        using var scope = NewDisposeScope();
        var draws = RandomStream.Of(1, RandomPurpose.MicroBatch);
        var (x, weights) = (draws.Normal(3, count), draws.Normal(3, count));
        Tensor Second(Tensor at, Func<Tensor, Tensor> gelu)
        {
            // Between other operators, so that both ways from the second derivative are gone.
            var leaf = at.clone().requires_grad_();
            var (inner, w) = (leaf * 2, weights.to_type(at.dtype));
            var first = autograd.grad([(gelu(inner) * w).sum()], [leaf], create_graph: true)[0];
            return autograd.grad([first.square().sum()], [leaf])[0];
        }

        var exact = Second(x.to_type(float64), t => nn.functional.gelu(t, TorchSharp.Modules.GELU.Approximate.tanh, false));
        var expected = exact.to_type(float32);
        GoldenFiles.Close(expected, Second(x, t => TanhGelu.Of(t, mayOverwrite: false)), 1e-5 * expected.abs().max().item<float>(), 0);
    }

    /// <summary>They are as large as activations: 268 MB for PGM 12-12, for each lane.</summary>
    [Theory]
    [InlineData(false, 1 << 20)]
    [InlineData(false, 8)]
    [InlineData(true, 1 << 20)]
    public void Backward_OnceItIsOver_KeepsNoGradients(bool isBlock, long elements)
    {
        using var scope = NewDisposeScope();
        var x = RandomStream.Of(1, RandomPurpose.MicroBatch).Normal(6, 4).requires_grad_();
        var y = TanhGelu.Of(x, mayOverwrite: false);
        if (isBlock) BlockGraph.Of(y).Backward(ones_like(y));
        else TokenLoss.Backward(rows => rows, y, zeros(6, dtype: int64), 4, elements);
        Assert.NotNull(x.grad);
        Assert.False(VectorKernels.KeepGradients);
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

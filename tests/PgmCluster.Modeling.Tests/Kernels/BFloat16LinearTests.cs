using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Kernels;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Runtime;
using PgmCluster.Modeling.Tests.Golden;
using PgmCluster.TestSupport;
using TorchSharp;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Kernels;

/// <summary>
/// Products whose operands alone are rounded, against exact ones of the same rounded numbers in float64: so nothing else is rounded, and
/// sums are float32's.
/// </summary>
public class BFloat16LinearTests
{
    [Theory]
    [InlineData(32, 32, 32, true)]
    [InlineData(33, 96, 160, true)]
    [InlineData(71, 64, 96, false)]
    [InlineData(200, 128, 512, true)]
    public void Of_ProductsAndGradients_AreThoseOfRoundedNumbersInFloat32(int rows, int inner, int outputs, bool hasBias)
    {
        SkipWithoutProducts();
        using var scope = NewDisposeScope();
        var (x, w, b, gradient) = Operands(rows, inner, outputs, hasBias);
        var y = BFloat16Linear.Of(x, w, b)!;
        y.backward([gradient]);
        var (roundX, roundW, roundG) = (Rounded(x), Rounded(w), Rounded(gradient));

        Close(roundX.mm(roundW.t()) + (b is null ? 0 : b.detach().to_type(float64)), y.detach(), 1e-6);
        Close(roundG.mm(roundW), x.grad!, 1e-6);
        Close(roundG.t().mm(roundX), w.grad!, 1e-6);
        if (b is not null) Close(gradient.to_type(float64).sum([0L]), b.grad!, 1e-6);
        Assert.All(new[] { y, x.grad!, w.grad! }, t => Assert.Equal(ScalarType.Float32, t.dtype));

        using var _ = no_grad();
        GoldenFiles.Equal(y.detach(), BFloat16Linear.Of(x.detach(), w, b)!, "without a graph");
    }

    /// <summary>Eight bits are left of 24: operands are off by up to 1/512 of themselves, their products by little more on average.</summary>
    [Fact]
    public void Of_ProductsAndGradients_AreFloat32sToBFloat16sTolerance()
    {
        SkipWithoutProducts();
        using var scope = NewDisposeScope();
        var (x, w, b, gradient) = Operands(100, 128, 256, hasBias: true);
        BFloat16Linear.Of(x, w, b)!.backward([gradient]);
        var rounded = new[] { x.grad!.clone(), w.grad!.clone() };
        x.grad = w.grad = null;
        nn.functional.linear(x, w, b).backward([gradient]);
        foreach (var (near, exact) in rounded.Zip([x.grad!, w.grad!]))
        {
            Close(exact.to_type(float64), near, 4e-3);
            Assert.True((near - exact).norm().item<float>() > 1e-3 * exact.norm().item<float>(), "Nothing was rounded.");
        }
    }

    /// <summary>Columns of a wider tensor, more than one dimension of rows, and an input that needs no gradient.</summary>
    [Fact]
    public void Of_StridedInputOfThreeDimensions_IsLikeItsCopy()
    {
        SkipWithoutProducts();
        using var scope = NewDisposeScope();
        var wide = RandomStream.Of(1, RandomPurpose.MicroBatch).Normal(4, 20, 96);
        var (x, w) = (wide.narrow(2, 32, 64), RandomStream.Of(2, RandomPurpose.MicroBatch).Normal(32, 64).requires_grad_());
        var y = BFloat16Linear.Of(x, w, null)!;
        Assert.Equal([4L, 20, 32], y.shape);
        y.sum().backward();
        GoldenFiles.Equal(BFloat16Linear.Of(x.contiguous().view(80, 64), w, null)!.detach(), y.detach().view(80, 32), "rows");
        Assert.Null(x.grad);
        Close(ones(32, 80, dtype: float64).mm(Rounded(x.contiguous()).view(80, 64)), w.grad!, 1e-6);
    }

    [Theory]
    [InlineData(31, 32, 32)]
    [InlineData(64, 48, 32)]
    [InlineData(64, 32, 16)]
    public void Of_FewRowsOrOddWidths_LeavesThemToFloat32(int rows, int inner, int outputs)
    {
        using var scope = NewDisposeScope();
        Assert.Null(BFloat16Linear.Of(ones(rows, inner), ones(outputs, inner), null));
        Assert.Null(BFloat16Linear.Of(ones(64, 32, dtype: float64), ones(32, 32, dtype: float64), null));
    }

    [Fact]
    public void Rounded_EveryKindOfNumber_IsRoundedAsLibtorchDoes()
    {
        OwnKernels.SkipWithoutAvx512();
        using var scope = NewDisposeScope();
        float[] kinds =
        [
            0, -0f, 1, -1, 1.00390625f, 1.01171875f, 1.0039063f, float.MaxValue, float.Epsilon, float.PositiveInfinity, float.NegativeInfinity,
            float.NaN, BitConverter.UInt32BitsToSingle(0xFFFFFFFF), 3.1415927f, 1e-20f, -2.7182817f,
        ];
        var x = tensor(kinds.Concat(kinds).ToArray());
        var numbers = BFloat16Linear.Rounded(x).data<int>().ToArray().SelectMany(
            pair => new[] { BitConverter.Int32BitsToSingle(pair << 16), BitConverter.Int32BitsToSingle(pair & unchecked((int)0xFFFF0000)) });
        Assert.Equal(x.to_type(bfloat16).to_type(float32).data<float>().ToArray(), numbers);
    }

    /// <summary>Somebody takes derivatives of gradients: they are float32's.</summary>
    [Fact]
    public void Of_SecondDerivatives_AreFloat32s()
    {
        SkipWithoutProducts();
        using var scope = NewDisposeScope();
        var (x, w, b, _) = Operands(40, 32, 32, hasBias: true);
        Tensor Second(Func<Tensor> product)
        {
            var first = autograd.grad([product().pow(2).sum()], [x], retain_graph: true, create_graph: true)[0];
            return autograd.grad([first.pow(2).sum()], [w])[0];
        }
        var exact = Second(() => nn.functional.linear(x, w, b));
        Close(exact.to_type(float64), Second(() => BFloat16Linear.Of(x, w, b)!), 0.01);
    }

    [Fact]
    public void LinearLayer_RoundsItsProductsWhereToldTo()
    {
        SkipWithoutProducts();
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var layer = new LinearLayer(64, 96);
        layer.W.copy_(RandomStream.Of(1, RandomPurpose.MicroBatch).Normal(96, 64));
        var x = RandomStream.Of(2, RandomPurpose.MicroBatch).Normal(50, 64);
        var (exact, rows) = (layer.Forward(x), layer.ForwardRows(x, 32));
        layer.RoundsProducts = true;
        GoldenFiles.Equal(BFloat16Linear.Of(x, layer.W, layer.B)!, layer.Forward(x), "forward");
        Assert.False(rows.equal(layer.ForwardRows(x, 32)).all().item<bool>());
        layer.RoundsProducts = false;
        GoldenFiles.Equal(exact, layer.Forward(x), "float32");
    }

    [Theory]
    [InlineData("x64-avx512 AuthenticAMD 25-17", "avx512-bf16", true)]
    [InlineData("x64-avx512 GenuineIntel 6-143", "amx", true)]
    [InlineData("x64-avx512 GenuineIntel 6-85", "none", false)]
    [InlineData("x64-avx2 GenuineIntel 6-143", "amx", false)]
    [InlineData("arm64", "none", false)]
    [InlineData("NVIDIA H200 sm_90", "tensor cores", false)]
    [InlineData("x64-avx512 GenuineIntel 6-143 ONEDNN_MAX_CPU_ISA=AVX2", "amx", false)]
    public void ProblemOf_Processors_NamesThoseWithout(string model, string instructions, bool has)
    {
        var problem = BFloat16Products.ProblemOf(model, instructions);
        if (has) Assert.Null(problem);
        else Assert.Contains(model, problem);
    }

    [Fact]
    public void Problem_OnAProcessorThatHasTheInstructions_IsNone() => Assert.Equal(
        BFloat16Products.ProblemOf(NativeRuntime.CpuModel, NativeRuntime.BFloat16Instructions), BFloat16Products.Problem);

    private static void SkipWithoutProducts()
    {
        if (BFloat16Products.Problem is { } problem) throw GoldenData.Skipped(problem);
    }

    private static (Tensor X, Tensor W, Tensor? B, Tensor Gradient) Operands(int rows, int inner, int outputs, bool hasBias)
    {
        var draws = RandomStream.Of(1, RandomPurpose.MicroBatch);
        return (draws.Normal(rows, inner).requires_grad_(), draws.Normal(outputs, inner).requires_grad_(),
            hasBias ? draws.Normal(1, outputs).flatten().requires_grad_() : null, draws.Normal(rows, outputs));
    }

    private static Tensor Rounded(Tensor t) => t.detach().to_type(bfloat16).to_type(float64);

    private static void Close(Tensor expected, Tensor found, double tolerance)
    {
        Assert.Equal(expected.shape, found.shape);
        var difference = ((found.to_type(float64) - expected).norm() / expected.norm()).item<double>();
        Assert.True(difference < tolerance, $"They differ by {difference:0.0e0} of their magnitude.");
    }
}

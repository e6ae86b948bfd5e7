using System.Runtime.Intrinsics.X86;
using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Kernels;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Tests.Golden;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Kernels;

/// <summary>The kernels of inference for a stream between its products, each against libtorch's operators in float64.</summary>
public class StreamKernelsTests
{
    private const double Epsilon = 1e-5;

    /// <summary>One row and several, one image and several, one vector and several.</summary>
    [Theory]
    [InlineData(1, 1, 16)]
    [InlineData(3, 5, 48)]
    [InlineData(2, 1, 128)]
    [InlineData(2, 0, 32)]
    public void ModulatedNorm_AnySizes_IsLibtorchs(int batch, int rows, int width)
    {
        OwnKernels.SkipWithoutAvx512();
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        var draws = RandomStream.Of(1, RandomPurpose.Sampling);
        var (x, w, modulation) = (draws.Normal(batch, rows, width) * 3 + 7, draws.Normal(width), draws.Normal(batch, 1, 2 * width));
        // As they are cut out of one product.
        var (shift, scale) = (modulation.narrow(2, 0, width), modulation.narrow(2, width, width));
        var norm = nn.functional.layer_norm(x.to_type(float64), [width], null, null, Epsilon);
        Close(norm, ModulatedNorm.Of(x, Epsilon)!, 1e-5);
        Close(norm * w * scale + shift, ModulatedNorm.Of(x, w, shift, scale, Epsilon)!, 2e-5);
    }

    /// <summary>Without variance nothing is divided by 0, and what is not a number stays so, in its own row.</summary>
    [Fact]
    public void ModulatedNorm_EqualOrNoNumbers_AreLibtorchs()
    {
        OwnKernels.SkipWithoutAvx512();
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        var x = full([1, 2, 32], 5f);
        Close(zeros(1, 2, 32), ModulatedNorm.Of(x, Epsilon)!, 1e-5);
        x[0, 1, 3] = float.NaN;
        Assert.Equal(32, ModulatedNorm.Of(x, Epsilon)!.isnan().sum().item<long>());
    }

    [Theory]
    [InlineData(1, 1, 16)]
    [InlineData(3, 5, 48)]
    [InlineData(2, 0, 32)]
    public void GatedSum_AnySizes_IsLibtorchs(int batch, int rows, int width)
    {
        OwnKernels.SkipWithoutAvx512();
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        var draws = RandomStream.Of(2, RandomPurpose.Sampling);
        var (x, branch, gate) = (draws.Normal(batch, rows, width), draws.Normal(batch, rows, width), draws.Normal(batch, 1, 3 * width));
        gate = gate.narrow(2, width, width);
        var expected = x.to_type(float64) + gate * branch.to_type(float64);
        Assert.True(GatedSum.TryWrite(x, gate, branch));
        Close(expected, branch, 1e-6);
    }

    /// <summary>A table for all images or one for each, heads of a larger product: the others stay as they are.</summary>
    [Theory]
    [InlineData(1, 1, 32, 1)]
    [InlineData(3, 5, 64, 1)]
    [InlineData(3, 5, 64, 3)]
    [InlineData(3, 0, 32, 1)]
    public void HeadVectors_Turned_AreLibtorchs(int batch, int rows, int width, int tables)
    {
        OwnKernels.SkipWithoutAvx512();
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        var draws = RandomStream.Of(3, RandomPurpose.Sampling);
        Tensor Table() => draws.Normal(tables, rows, 1, width);
        var (x, cos, sin) = (draws.Normal(batch, rows, 6, width), Table(), Table());
        var (before, part) = (x.to_type(float64), x.narrow(2, 1, 3));
        var turned = before.narrow(2, 1, 3);
        turned = turned * cos + turned.roll(width / 2, -1) * sin;
        Assert.True(HeadVectors.TryTurn(part, cos, sin));
        Close(cat([before.narrow(2, 0, 1), turned, before.narrow(2, 4, 2)], 2), x, 2e-6);
    }

    [Fact]
    public void HeadVectors_Copied_LieWhereTheCacheHasThem()
    {
        OwnKernels.SkipWithoutAvx512();
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        var draws = RandomStream.Of(4, RandomPurpose.Sampling);
        var (x, cache) = (draws.Normal(2, 3, 6, 8).narrow(2, 2, 3), draws.Normal(2, 5, 7, 8));
        var expected = cache.clone();
        expected.narrow(1, 1, 3).narrow(2, 4, 3).copy_(x.transpose(1, 2));
        Assert.True(HeadVectors.TryCopy(x, cache, 1, 4));
        GoldenFiles.Equal(expected, cache);
        foreach (var (head, position) in new[] { (3, 4), (1, 5) }) Assert.False(HeadVectors.TryCopy(x, cache, head, position));
        GoldenFiles.Equal(expected, cache, "what does not fit");
    }

    /// <summary>
    /// Rows that are no whole vectors, large images and what training computes are libtorch's; the layers give the same either way.
    /// </summary>
    [Fact]
    public void Layers_OfTrainingLargeOrOddSizes_AreLibtorchs()
    {
        using var scope = NewDisposeScope();
        var draws = RandomStream.Of(5, RandomPurpose.Sampling);
        foreach (var (rows, width, isOwn) in new[] { (3, 32, true), (3, 24, false), (5000, 32, false) })
        {
            using var norm = new LayerNormLayer(width, bias: false);
            using (no_grad()) norm.W.copy_(draws.Normal(width));
            var (x, m, branch) = (draws.Normal(2, rows, width), draws.Normal(2, 1, 2 * width), draws.Normal(2, rows, width));
            var (shift, scale) = (m.narrow(2, 0, width), m.narrow(2, width, width));
            using var ordinary = no_grad();
            Assert.Null(ModulatedNorm.Of(x, norm.W, shift, scale, Epsilon));
            Assert.Null(ModulatedNorm.Of(x, Epsilon));
            Assert.False(GatedSum.TryWrite(x, shift, branch));
            Assert.False(HeadVectors.TryTurn(ones(1, 2, 1, 32), ones(2, 1, 32), ones(2, 1, 32)));
            var (modulated, sum) = (norm.Sampled(x, shift, scale), Residual.Sampled(x, shift, branch.clone()));
            using var _ = inference_mode();
            Assert.Equal(isOwn && Avx512F.IsSupported, ModulatedNorm.Of(x, norm.W, shift, scale, Epsilon) is not null);
            Assert.Equal(isOwn && Avx512F.IsSupported, GatedSum.TryWrite(x, shift, branch.clone()));
            GoldenFiles.Close(modulated, norm.Sampled(x, shift, scale), 1e-5, 1e-5);
            GoldenFiles.Close(sum, Residual.Sampled(x, shift, branch.clone()), 1e-6, 1e-6);
        }
    }

    /// <summary>
    /// The bits are those of the processor's instructions, with vectors of 256 bits (DOTNET_PreferredVectorBitWidth=256) as with 512.
    /// </summary>
    [Fact]
    public void Kernels_WhereverThereIsAvx512_HaveTheseBits()
    {
        OwnKernels.SkipWithoutAvx512();
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        Tensor Numbers(params long[] shape) => (arange(shape.Aggregate((a, b) => a * b), dtype: float32) % 23 / 7 - 1.5f).view(shape);
        var (x, branch) = (Numbers(2, 3, 48), Numbers(2, 3, 48) * 0.7f);
        Assert.True(GatedSum.TryWrite(x, Numbers(2, 1, 48), branch));
        var heads = Numbers(2, 3, 2, 32);
        Assert.True(HeadVectors.TryTurn(heads, Numbers(3, 1, 32), Numbers(3, 1, 32) * 0.3f));
        Assert.Equal(
            (4688092703882267016, -4187620273408525080, 5518128262307645812, -3301577017429181840),
            (OwnKernels.Bits(ModulatedNorm.Of(x, Numbers(48), Numbers(2, 1, 48), Numbers(2, 1, 48), Epsilon)!), OwnKernels.Bits(branch),
                OwnKernels.Bits(heads), OwnKernels.Bits(CachedAttention.Of(Numbers(2, 5, 3, 32), Numbers(2, 6, 11, 32), 0, 3, 10)!)));
    }

    private static void Close(Tensor expected, Tensor actual, double tolerance)
    {
        if (actual.numel() == 0) Assert.Equal(expected.shape, actual.shape);
        else GoldenFiles.Close(expected, actual, tolerance, tolerance);
    }
}

using System.Runtime.Intrinsics.X86;
using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Kernels;
using PgmCluster.Modeling.Runtime;
using PgmCluster.Modeling.Tests.Golden;
using PgmCluster.TestSupport;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Kernels;

public class SmallProductsTests
{
    /// <summary>Whole blocks of rows, what is left over, a bias or none: libtorch's product.</summary>
    [Fact]
    public void Multiply_AnyRows_IsLibtorchsProduct()
    {
        SkipWithoutSse3();
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var generator = new Generator(1, CPU);
        foreach (var (inner, outputs) in new[] { (16, 4), (32, 96), (128, 512), (512, 128) })
        {
            var (w, b) = (randn([outputs, inner], generator: generator), randn([outputs], generator: generator));
            foreach (var rows in Enumerable.Range(1, 9))
            {
                var x = randn([1, rows, inner], generator: generator);
                GoldenFiles.Close(nn.functional.linear(x, w, b), SmallProducts.Multiply(x, w, b, rows, inner, outputs), 1e-4, 1e-5);
                GoldenFiles.Close(nn.functional.linear(x, w), SmallProducts.Multiply(x, w, null, rows, inner, outputs), 1e-4, 1e-5);
            }
        }
    }

    /// <summary>A row has the same bits alone as among others, however many: what is drawn of an image depends on no other.</summary>
    [Fact]
    public void Multiply_RowsAlone_HaveTheSameBits()
    {
        SkipWithoutSse3();
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var generator = new Generator(3, CPU);
        var (w, b, x) = (randn([12, 48], generator: generator), randn([12], generator: generator), randn([7, 48], generator: generator));
        var all = SmallProducts.Multiply(x, w, b, 7, 48, 12);
        foreach (var count in Enumerable.Range(1, 7))
        {
            for (var first = 0; first + count <= 7; first++)
            {
                var part = SmallProducts.Multiply(x.narrow(0, first, count), w, b, count, 48, 12);
                GoldenFiles.Equal(all.narrow(0, first, count), part, $"{count} rows");
            }
        }
    }

    /// <summary>
    /// The first rows of a layer alone, as a sampler takes the codes without the special ids: libtorch's product, in inference and out of
    /// it, with widths that are no whole vectors and numbers of rows that are no whole blocks.
    /// </summary>
    [Theory]
    [InlineData(32, 24, 20, true)]
    [InlineData(32, 24, 24, true)]
    [InlineData(32, 24, 16, false)]
    [InlineData(32, 24, 21, true)]
    [InlineData(40, 24, 20, true)]
    public void ForwardRows_FirstRows_AreThoseOfTheWholeProduct(int inner, int outputs, int rows, bool bias)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(2, CPU);
        using var layer = new LinearLayer(inner, outputs, bias);
        using var ordinary = no_grad();
        layer.W.copy_(randn([outputs, inner], generator: generator));
        layer.B?.copy_(randn([outputs], generator: generator));
        foreach (var count in new[] { 1, 4, 7 })
        {
            var x = randn([1, count, inner], generator: generator);
            var expected = nn.functional.linear(x, layer.W, layer.B).narrow(2, 0, rows);
            GoldenFiles.Close(expected, layer.ForwardRows(x, rows), 1e-5, 1e-5);
            using var _ = inference_mode();
            GoldenFiles.Close(expected, layer.ForwardRows(x, rows), 1e-5, 1e-5);
        }
    }

    /// <summary>What training computes, large products and rows that do not lie side by side are libtorch's.</summary>
    [Fact]
    public void Linear_OfTrainingLargeOrStrided_IsLeftToLibtorch()
    {
        using var scope = NewDisposeScope();
        var (x, w) = (ones(4, 32), ones(16, 32));
        Assert.Null(SmallProducts.Linear(x, w, null, 32, 16));
        using (no_grad()) Assert.Null(SmallProducts.Linear(x, w, null, 32, 16));
        using var _ = inference_mode();
        Assert.Equal(Float32Products.AreByOneDnn, SmallProducts.Linear(x, w, null, 32, 16) is not null);
        Assert.Null(SmallProducts.Linear(ones(32, 4).t(), w, null, 32, 16));
        Assert.Null(SmallProducts.Linear(ones(8192, 32), w, null, 32, 16));
        Assert.Null(SmallProducts.Linear(ones(4, 30), ones(16, 30), null, 30, 16));
    }

    private static void SkipWithoutSse3()
    {
        if (!Sse3.IsSupported) throw GoldenData.Skipped("needs SSE3: it is written for the processors on which it is used");
    }
}

using PgmCluster.Modeling.Attention;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Tests.Golden;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Attention;

public class ScaledProductsTests
{
    private const int Batch = 5, Heads = 3, Queries = 7, Keys = 9, Width = 8;

    /// <summary>In blocks of one image, of two with one left, and all at once; the mask of each image its own, shared, or none.</summary>
    [Theory]
    [InlineData(1, Batch)]
    [InlineData(2 * Heads * Queries * Keys, Batch)]
    [InlineData(2 * Heads * Queries * Keys, 1)]
    [InlineData(long.MaxValue, Batch)]
    [InlineData(long.MaxValue, 0)]
    public void WrittenOut_InBlocks_GivesWhatLibtorchsKernelGives(long elements, int masks)
    {
        using var scope = NewDisposeScope();
        var draws = RandomStream.Of(1, RandomPurpose.MicroBatch);
        Tensor Operand(long length) => draws.Normal(Batch, length, Heads, Width).transpose(1, 2).detach().requires_grad_();
        var (q, k, v) = (Operand(Queries), Operand(Keys), Operand(Keys));
        var bias = masks == 0 ? null : draws.Normal(masks, 1, Queries, Keys).gt(1).to_type(float32).mul_(-1e9f);
        var gradient = draws.Normal(Batch, Heads, Queries, Width);

        var expected = nn.functional.scaled_dot_product_attention(q, k, v, bias, p: 0, is_casual: false);
        expected.backward([gradient]);
        var gradients = new[] { q, k, v }.Select(operand => operand.grad!.clone()).ToArray();
        foreach (var operand in new[] { q, k, v }) operand.grad!.zero_();

        var actual = ScaledProducts.WrittenOut(q, k, v, bias, elements);
        actual.backward([gradient]);
        GoldenFiles.Close(expected.detach(), actual.detach(), 1e-6, 1e-6);
        foreach (var (operand, wanted) in new[] { q, k, v }.Zip(gradients)) GoldenFiles.Close(wanted, operand.grad!, 1e-5, 1e-6);
    }

    /// <summary>Computed again for its gradient, as with recomputation, a block's attention has the bits that it had without a graph.</summary>
    [Fact]
    public void Attend_OfMoreWeightsThanAGraphKeeps_HasTheSameBitsWithoutAGraph()
    {
        using var scope = NewDisposeScope();
        const int heads = 8, length = 512;
        Assert.True(length * length <= ScaledProducts.LargestHead && heads * length * length > ScaledProducts.Elements);
        var draws = RandomStream.Of(2, RandomPurpose.MicroBatch);
        Tensor Operand() => draws.Normal(1, heads, length, 16).requires_grad_();
        var (q, k, v) = (Operand(), Operand(), Operand());
        var kept = ScaledProducts.Attend(q, k, v, null);
        using var _ = no_grad();
        Assert.True(kept.detach().equal(ScaledProducts.Attend(q, k, v, null)).all().item<bool>());
    }
}

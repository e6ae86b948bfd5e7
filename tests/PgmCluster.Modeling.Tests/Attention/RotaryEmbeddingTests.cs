using PgmCluster.Modeling.Attention;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Attention;

public class RotaryEmbeddingTests
{
    /// <summary>What a rotary embedding is for: products of turned vectors depend on how far apart two cells are, per direction.</summary>
    [Fact]
    public void Rotate_OfAGrid_ProductsDependOnRowsAndColumnsBetween()
    {
        using var scope = NewDisposeScope();
        using var rotary = new RotaryEmbedding(8, 3 + 4 * 5, ahead: 3, columns: 5, device: null);
        using var generator = new Generator(1, CPU);
        var (q, k) = (randn([8], generator: generator), randn([8], generator: generator));
        float Product(int first, int second)
        {
            var (cos, sin) = rotary.At(tensor(new long[] { 3 + first, 3 + second }).unsqueeze(0));
            var turned = RotaryEmbedding.Rotate(stack([q, k]).view(1, 2, 1, 8), cos, sin);
            return turned[0, 0, 0].dot(turned[0, 1, 0]).item<float>();
        }

        Assert.Equal(Product(0, 6), Product(12, 18), 1e-5);        // one row and one column further
        Assert.Equal(Product(6, 0), Product(18, 12), 1e-5);
        Assert.NotEqual(Product(0, 6), Product(0, 5), 1e-3);       // the row alone
        Assert.NotEqual(Product(0, 6), Product(0, 1), 1e-3);       // the column alone
        Assert.NotEqual(Product(4, 5), Product(0, 1), 1e-3);       // neighbours in the sequence, not in the grid
    }

    [Fact]
    public void At_PositionsAheadOfTheGrid_AreAllDifferentFromEachOtherAndItsCells()
    {
        using var scope = NewDisposeScope();
        using var rotary = new RotaryEmbedding(8, 3 + 4 * 5, ahead: 3, columns: 5, device: null);
        var table = rotary.Table();
        var rows = cat([table.Cos, table.Sin], -1).squeeze(1);
        var apart = cdist(rows.unsqueeze(0), rows.unsqueeze(0)).squeeze(0) + eye(23) * 9;
        Assert.True(apart.min().item<float>() > 1e-2);
    }
}

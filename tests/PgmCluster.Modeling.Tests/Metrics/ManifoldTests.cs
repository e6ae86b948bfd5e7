using PgmCluster.Modeling.Metrics;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Metrics;

public class ManifoldTests
{
    [Fact]
    public void Whole_MoreRowsThanABlock_EqualsAllDistancesAtOnce()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3, CPU);
        var (real, fake) = (randn([1500, 4], dtype: float64, generator: generator),
            randn([1100, 4], dtype: float64, generator: generator) + 0.5);
        var scores = Manifold.Whole(new TensorRows(real), new TensorRows(fake))!;

        var (realRadii, fakeRadii) = (Radii(real), Radii(fake));
        var distances = cdist(real, fake);
        var inReal = distances.lt(realRadii.unsqueeze(1));
        var expected = new ManifoldScores(
            Share(inReal.any(0)),
            Share(distances.lt(fakeRadii).any(1)),
            inReal.sum().item<long>() / 3.0 / fake.shape[0],
            Share(inReal.any(1)));
        Assert.Equal(expected, scores);
    }

    [Theory]
    [InlineData(3, 100, false, false)]
    [InlineData(4, 100, true, false)]
    [InlineData(15, 100, true, false)]
    [InlineData(20, 20, true, true)]
    public void Scores_FewImages_AreNullWhereThereAreNoNeighbours(int real, int fake, bool whole, bool chunked)
    {
        using var scope = NewDisposeScope();
        var (a, b) = (new TensorRows(rand(real, 2)), new TensorRows(rand(fake, 2)));
        Assert.Equal((whole, chunked), (Manifold.Whole(a, b) is not null, Manifold.Chunked(a, b) is not null));
    }

    private static double Share(Tensor flags) => flags.to_type(float64).mean().item<double>();

    private static Tensor Radii(Tensor rows) => cdist(rows, rows).topk(4, 1, largest: false).values.select(1, 3);
}

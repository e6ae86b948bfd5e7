using PgmCluster.Modeling.Randomness;

namespace PgmCluster.Modeling.Tests.Randomness;

public class DataOrderTests
{
    [Theory]
    [InlineData(nameof(DataOrder))]
    [InlineData(nameof(ExampleOrder))]
    public void Indexer_EachEpoch_IsAnotherPermutation(string kind)
    {
        var order = Create(kind, 3, 100);
        var epochs = Enumerable.Range(0, 3).Select(e => Enumerable.Range(0, 100).Select(i => order(e * 100 + i)).ToArray()).ToArray();
        Assert.All(epochs, e => Assert.Equal(Enumerable.Range(0, 100), e.Order()));
        Assert.NotEqual(epochs[0], epochs[1]);
        Assert.NotEqual(epochs[1], epochs[2]);
    }

    [Theory]
    [InlineData(nameof(DataOrder))]
    [InlineData(nameof(ExampleOrder))]
    public void Indexer_AskedInAnyOrder_DependsOnSeedAndPositionOnly(string kind)
    {
        var forward = Create(kind, 3, 37);
        var expected = Enumerable.Range(0, 200).Select(i => forward(i)).ToArray();
        var backward = Create(kind, 3, 37);
        Assert.Equal(expected, Enumerable.Range(0, 200).Reverse().Select(i => backward(i)).Reverse());
        Assert.NotEqual(expected, Enumerable.Range(0, 200).Select(i => Create(kind, 4, 37)(i)));
    }

    [Fact]
    public void Of_Inputs_AreAllPartOfTheSeed() =>
        Assert.Equal(5, new[]
        {
            DerivedSeed.Of(1, RandomPurpose.MicroBatch, 2, 3), DerivedSeed.Of(2, RandomPurpose.MicroBatch, 2, 3),
            DerivedSeed.Of(1, RandomPurpose.Sampling, 2, 3),
            DerivedSeed.Of(1, RandomPurpose.MicroBatch, 3, 3), DerivedSeed.Of(1, RandomPurpose.MicroBatch, 2, 2),
        }.Distinct().Count());

    /// <summary>The example at each position over all epochs.</summary>
    private static Func<long, int> Create(string kind, long seed, int count)
    {
        if (kind == nameof(DataOrder))
        {
            var shuffled = new DataOrder(seed, count);
            return n => shuffled[n];
        }
        var keyed = new ExampleOrder(seed, count);
        return n => keyed[n];
    }
}

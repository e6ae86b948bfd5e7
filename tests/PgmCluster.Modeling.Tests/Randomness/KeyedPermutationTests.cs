using PgmCluster.Modeling.Randomness;

namespace PgmCluster.Modeling.Tests.Randomness;

public class KeyedPermutationTests
{
    [Fact]
    public void Indexer_EverySizeToTenThousand_IsABijection()
    {
        var seen = new int[10_000];
        for (var count = 1; count <= 10_000; count++)
        {
            var permutation = new KeyedPermutation(DerivedSeed.Mix((ulong)count), count);
            for (var i = 0; i < count; i++)
            {
                var to = permutation[i];
                // Each place is taken once for this count: by its number, so that nothing has to be cleared.
                Assert.True((uint)to < (uint)count && seen[to] != count, $"{count}: {i} goes to {to}");
                seen[to] = count;
            }
        }
    }

    [Fact]
    public void Indexer_AsManyAsImageNet_IsABijection()
    {
        const int Count = 1_281_167;
        var permutation = new KeyedPermutation(5, Count);
        var seen = new bool[Count];
        for (var i = 0; i < Count; i++) seen[permutation[i]] = true;

        Assert.DoesNotContain(false, seen);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(100)]
    [InlineData(1_281_167)]
    public void Indexer_OverKeys_EveryPlaceIsAsLikely(int count)
    {
        const int Draws = 100_000;
        var cells = Math.Min(count, 100);
        foreach (var index in new[] { 0, count / 2, count - 1 })
        {
            var counts = new int[cells];
            for (var key = 0; key < Draws; key++)
                counts[(int)((long)new KeyedPermutation(DerivedSeed.Mix((ulong)key), count)[index] * cells / count)]++;
            AssertUniform(counts, [.. Enumerable.Range(0, cells).Select(c => (double)Draws * Inside(c, cells, count) / count)]);
        }
    }

    [Theory]
    [InlineData(50_000, 100)]
    [InlineData(1_281_167, 1_000)]
    public void Indexer_NeighboursOfOneKey_LieAnywhere(int count, int cells)
    {
        // The distance that two neighbours have afterwards: uniform over all, as it is of a random permutation.
        var permutation = new KeyedPermutation(11, count);
        var counts = new int[cells];
        for (var i = 0; i + 1 < count; i++) counts[(int)((permutation[i + 1] - (long)permutation[i] + count) % count * cells / count)]++;

        AssertUniform(counts, [.. Enumerable.Range(0, cells).Select(c => (count - 1.0) * Inside(c, cells, count) / count)]);
    }

    [Fact]
    public void Indexer_OutOfRange_IsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeyedPermutation(1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeyedPermutation(1, 10)[10]);
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeyedPermutation(1, 10)[-1]);
    }

    /// <summary>How many of 0 to count - 1 fall into a cell.</summary>
    private static long Inside(int cell, int cells, int count) =>
        ((cell + 1L) * count + cells - 1) / cells - ((long)cell * count + cells - 1) / cells;

    /// <summary>Pearson's chi-square; five standard deviations above its mean is one case in millions, and the keys are fixed.</summary>
    private static void AssertUniform(int[] counts, double[] expected)
    {
        var square = counts.Select((c, i) => (c - expected[i]) * (c - expected[i]) / expected[i]).Sum();
        var freedom = counts.Length - 1;
        Assert.True(square < freedom + 5 * Math.Sqrt(2 * freedom), $"chi-square {square:f1} with {freedom} degrees of freedom");
    }
}

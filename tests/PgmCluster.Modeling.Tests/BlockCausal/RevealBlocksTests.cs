using PgmCluster.Modeling.BlockCausal;
using PgmCluster.Modeling.Masking;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Sampling;

namespace PgmCluster.Modeling.Tests.BlockCausal;

public class RevealBlocksTests
{
    private const int Side = 7, Tokens = Side * Side;

    private static readonly int[] Halton = HaltonOrder.Of(Side, Side);

    [Theory]
    [InlineData(16, MaskingSchedule.Arccos)]
    [InlineData(49, MaskingSchedule.Arccos)]
    [InlineData(64, MaskingSchedule.Arccos)]
    [InlineData(8, MaskingSchedule.Linear)]
    public void Sampler_Blocks_AreWhatTheSamplerRevealsInEachStep(int steps, MaskingSchedule curve)
    {
        var blocks = new long[1 + Tokens];
        new RevealBlocks(new RevealOrders { Steps = steps, Curve = curve }, Side, Side).Sampler(blocks);

        Assert.Equal(0, blocks[0]);
        var known = RevealSchedule.Halton(steps, Tokens, curve);
        for (var step = 0; step < steps; step++)
        {
            var revealed = Halton[(step == 0 ? 0 : known[step - 1])..known[step]];
            Assert.All(revealed, cell => Assert.Equal(1 + step, blocks[1 + cell]));
        }
    }

    [Fact]
    public void Draw_OfAMixture_HasEachOrderInItsShareAndEveryNumberOfBlocks()
    {
        var orders = new RevealOrders
        {
            Steps = 16,
            Sampler = 1,
            Rolled = 1,
            Random = 2,
            FewestBlocks = 4,
            MostBlocks = 20,
            BlockSizes = "random",
        };
        var drawn = Draw(orders, 4000, progress: 0);

        var sampler = Draw(new RevealOrders { Steps = 16 }, 1, 0)[0];
        var ofSampler = drawn.Count(b => b.SequenceEqual(sampler));
        var rolled = drawn.Count(b => !b.SequenceEqual(sampler) && IsRolled(b));
        Assert.InRange(ofSampler, 900, 1100);
        Assert.InRange(rolled, 900, 1100);
        var others = drawn.Where(b => !b.SequenceEqual(sampler)).Select(b => (int)b.Max()).ToArray();
        Assert.Equal(Enumerable.Range(4, 17), others.Distinct().Order());
        // Each of 17 numbers is as likely: chi-square with 16 degrees of freedom, 99.9th percentile.
        Assert.InRange(ChiSquare(others.GroupBy(k => k).Select(g => g.Count()), others.Length / 17.0), 0, 39.3);
        Assert.All(drawn, b => Assert.Equal(Enumerable.Range(0, (int)b.Max() + 1).Select(k => (long)k), b.Distinct().Order()));
    }

    [Fact]
    public void Draw_OfRandomOrders_PutsEveryCellFirstEquallyOften()
    {
        var first = Draw(new RevealOrders { Steps = Tokens, Sampler = 0, Random = 1 }, 4900, 0).Select(b => Array.IndexOf(b, 1L));
        // 48 degrees of freedom, 99.9th percentile.
        Assert.InRange(ChiSquare(first.GroupBy(cell => cell).Select(g => g.Count()), 100), 0, 84.1);
    }

    [Fact]
    public void Draw_WhileAnnealing_GivesWayToTheSamplersOrder()
    {
        var orders = new RevealOrders { Sampler = 0, Random = 1, AnnealFrom = 0.5, AnnealTo = 0.9 };
        var sampler = Draw(new RevealOrders(), 1, 0)[0];
        int OfSampler(double progress) => Draw(orders, 1000, progress).Count(b => b.SequenceEqual(sampler));

        Assert.Equal(0, OfSampler(0.5));
        Assert.InRange(OfSampler(0.7), 430, 570);
        Assert.Equal(1000, OfSampler(0.9));
    }

    [Fact]
    public void Problems_OfSettingsOutOfRange_NameEachKey()
    {
        Assert.Empty(new RevealOrders().Problems());
        var problems = new RevealOrders
        {
            Steps = 0,
            Sampler = -1,
            Random = double.NaN,
            FewestBlocks = 9,
            MostBlocks = 3,
            BlockSizes = "even",
            AnnealFrom = 2,
            AnnealTo = 1,
        }.Problems();
        foreach (var key in new[] { "steps", "sampler", "random", "fewestBlocks", "blockSizes", "annealFrom", "annealTo" })
            Assert.Contains(problems, p => p.StartsWith(key, StringComparison.Ordinal));
        Assert.Contains("must be above 0", Assert.Single(new RevealOrders { Sampler = 0 }.Problems()));
    }

    private static long[][] Draw(RevealOrders orders, int images, double progress)
    {
        var blocks = new RevealBlocks(orders, Side, Side);
        var draws = RandomStream.Of(3, RandomPurpose.MicroBatch);
        return [.. Enumerable.Range(0, images).Select(_ =>
        {
            var image = new long[1 + Tokens];
            blocks.Draw(image, progress, draws);
            return image;
        })];
    }

    /// <summary>The blocks never fall along some rolled Halton order.</summary>
    private static bool IsRolled(long[] blocks)
    {
        long At(int rank, int distance) => blocks[1 + Halton[(rank + Tokens - distance) % Tokens]];
        return Enumerable.Range(0, Tokens).Any(distance =>
            Enumerable.Range(1, Tokens - 1).All(rank => At(rank - 1, distance) <= At(rank, distance)));
    }

    private static double ChiSquare(IEnumerable<int> counts, double expected) =>
        counts.Sum(c => (c - expected) * (c - expected) / expected);
}

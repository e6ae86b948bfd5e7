using PgmCluster.Modeling.BlockCausal;
using PgmCluster.Modeling.Masking;

namespace PgmCluster.Modeling.Tests.BlockCausal;

public class TrainedOrdersTests
{
    private static readonly RevealOrders Sampler = new();

    private static readonly RevealOrders Mixture = new() { Random = 1, FewestBlocks = 8, MostBlocks = 40, AnnealFrom = 0.5 };

    [Fact]
    public void Difference_AskedAsTrained_IsNone()
    {
        Assert.Null(Difference(Sampler, "halton", 16));
        Assert.Null(Difference(Sampler, "halton", 20));
        Assert.Null(Difference(Mixture, "rolled", 40));
        Assert.Null(Difference(Mixture, "confidence", 8));
        // More steps than cells are as many as cells.
        Assert.Null(Difference(new RevealOrders { Steps = 49 }, "halton", 1000));
    }

    [Theory]
    [InlineData("halton", 49, "49 steps: far from what the model was trained on (halton order, 16 steps, arccos curve)")]
    [InlineData("halton", 8, "8 steps: far")]
    [InlineData("confidence", 16, "the confidence order: far")]
    [InlineData("rolled", 49, "the rolled order, 49 steps: far")]
    public void Difference_FarFromTheSamplersOrder_SaysWhatAndFromWhat(string order, int steps, string expected) =>
        Assert.StartsWith(expected, Difference(Sampler, order, steps));

    [Fact]
    public void Difference_OfAMixtureOrAnotherCurve_SaysTheRange()
    {
        Assert.Contains("(halton, random order, 8 to 40 steps, arccos curve)", Difference(Mixture, "raster", 4));
        Assert.StartsWith("the cosine curve: far", TrainedOrders.Difference(Sampler, "halton", 16, MaskingSchedule.Cosine, 49));
    }

    private static string? Difference(RevealOrders trained, string order, int steps) =>
        TrainedOrders.Difference(trained, order, steps, MaskingSchedule.Arccos, 49);
}

using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Sampling;
using PgmCluster.Modeling.Tests.Golden;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Sampling;

public class TokenSamplerTests
{
    private static readonly PartitionTransformerSettings Small = SmallModels.Shallow with { Tokens = 12 };

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 2)]
    [InlineData(5, 1.5)]
    [InlineData(12, 0)]
    [InlineData(40, 1)]
    public void Sample_AnyStepCount_FillsEveryCellWithACode(int steps, double guidance)
    {
        using var scope = NewDisposeScope();
        using var model = SmallModels.Create(Small);
        var sampler = new TokenSampler(
            new PartitionTokenModel(model), new TokenSamplerSettings { Steps = steps, Guidance = guidance, RandomizeOrder = true }, 3, 4);
        var draws = RandomStream.Of(1, RandomPurpose.Sampling);
        var revealed = 0L;
        var codes = sampler.Sample(tensor(new long[] { 0, 1, 2 }), new SamplerDraws(draws), step => revealed += step.Asked!.shape[1]);
        Assert.Equal(12, revealed);
        Assert.Equal(steps > 12, sampler.SurplusSteps > 0);
        Assert.True(codes.ge(0).logical_and(codes.lt(20)).all().item<bool>());
    }

    [Fact]
    public void Sample_NoGuidance_RunsNoUnconditionalPass()
    {
        using var scope = NewDisposeScope();
        using var model = SmallModels.Create(Small);
        var draws = RandomStream.Of(1, RandomPurpose.Sampling);
        new TokenSampler(new PartitionTokenModel(model), new TokenSamplerSettings { Steps = 4, Guidance = 0 }, 3, 4)
            .Sample(tensor(new long[] { 0 }), new SamplerDraws(draws), step => Assert.Null(step.Unconditional));
    }

    [Fact]
    public void Sample_TopOne_IsTheMostLikelyCode()
    {
        using var scope = NewDisposeScope();
        using var model = SmallModels.Create(Small);
        var draws = RandomStream.Of(1, RandomPurpose.Sampling);
        new TokenSampler(new PartitionTokenModel(model), new TokenSamplerSettings { Steps = 4, TopK = 1 }, 3, 4)
            .Sample(
                tensor(new long[] { 0, 2 }), new SamplerDraws(draws),
                step => Assert.True(step.Drawn.eq(step.ScaledLogits.argmax(-1)).all().item<bool>()));
    }

    /// <summary>Where memory is short a batch is drawn in parts: each image gets the numbers that it would have got in the whole.</summary>
    [Theory]
    [InlineData(RevealMethod.Halton)]
    [InlineData(RevealMethod.Confidence)]
    public void Sample_BatchInParts_DrawsTheImagesOfTheWhole(RevealMethod method)
    {
        using var scope = NewDisposeScope();
        using var model = SmallModels.Create(Small);
        var settings = new TokenSamplerSettings { Sampler = method, Steps = 5, RandomizeOrder = true };
        var sampler = new TokenSampler(new PartitionTokenModel(model), settings, 3, 4);
        var (labels, draws) = (tensor(new long[] { 0, 1, 2, 0, 1 }), new SamplerDraws(RandomStream.Of(1, RandomPurpose.Sampling)));

        var parts = new[] { (0, 2), (2, 2), (4, 1) }.Select(
            part => sampler.Sample(labels.narrow(0, part.Item1, part.Item2), new PartDraws(draws, 5, part.Item1))).ToArray();

        GoldenFiles.Equal(sampler.Sample(labels, draws), cat(parts));
    }

    [Fact]
    public void HaltonOrder_GridLargerThanTenThousandPoints_VisitsEveryCell() =>
        Assert.Equal(Enumerable.Range(0, 96 * 96), HaltonOrder.Of(96, 96).Order());
}

using PgmCluster.Modeling.MaskGit;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Sampling;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.MaskGit;

public class MaskGitTransformerTests
{
    [Fact]
    public void Forward_HeadsThatDoNotDivideTheWidth_ComputesWithNarrowerAttention()
    {
        using var scope = NewDisposeScope();
        using var model = SmallModels.Create(SmallModels.MaskGit with { Hidden = 16, Heads = 3 });

        var logits = model.Forward(zeros([2, 4, 6], dtype: int64), zeros(2, dtype: int64), null);

        Assert.Equal([15L, 16], StateDict.Of(model)["transformer.layers.0.attn.wq.weight"].shape);
        Assert.Equal([2L, 24, 21], logits.shape);
        Assert.True(logits.isfinite().all().item<bool>());
    }

    [Theory]
    [InlineData(RevealMethod.Halton, 1, 0)]
    [InlineData(RevealMethod.Halton, 5, 2)]
    [InlineData(RevealMethod.Halton, 40, 1)]
    [InlineData(RevealMethod.Confidence, 1, 1)]
    [InlineData(RevealMethod.Confidence, 5, 0)]
    [InlineData(RevealMethod.Confidence, 24, 2)]
    [InlineData(RevealMethod.Confidence, 40, 0)]
    public void Sample_AnySampler_FillsEveryCellWithACode(RevealMethod method, int steps, double guidance)
    {
        using var scope = NewDisposeScope();
        using var model = SmallModels.Create(SmallModels.MaskGit);
        var draws = RandomStream.Of(1, RandomPurpose.Sampling);
        var sampler = new TokenSampler(
            new MaskGitTokenModel(model), new TokenSamplerSettings { Sampler = method, Steps = steps, Guidance = guidance }, 4, 6);

        var codes = sampler.Sample(tensor(new long[] { 0, 1, 2 }), new SamplerDraws(draws));

        Assert.Equal([3L, 4, 6], codes.shape);
        Assert.True(codes.ge(0).logical_and(codes.lt(20)).all().item<bool>());
        Assert.Equal(Math.Max(0, steps - 24), sampler.SurplusSteps);
    }

    [Fact]
    public void Sample_KnownCells_AreNeverDrawnAgain()
    {
        using var scope = NewDisposeScope();
        using var model = SmallModels.Create(SmallModels.MaskGit);
        var draws = RandomStream.Of(1, RandomPurpose.Sampling);
        new TokenSampler(
            new MaskGitTokenModel(model), new TokenSamplerSettings { Sampler = RevealMethod.Confidence, Steps = 6 }, 4, 6).Sample(
            tensor(new long[] { 0, 2 }),
            new SamplerDraws(draws),
            step => Assert.True(step.GridBefore.eq(20).logical_or(step.GridBefore.eq(step.GridAfter)).all().item<bool>()));
    }
}

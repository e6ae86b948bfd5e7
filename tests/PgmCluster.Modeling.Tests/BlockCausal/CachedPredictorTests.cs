using PgmCluster.Modeling.BlockCausal;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Sampling;
using PgmCluster.Modeling.Tests.Golden;
using TorchSharp;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.BlockCausal;

/// <summary>The cache of a block-causal model: what it computes, and what it keeps.</summary>
public class CachedPredictorTests
{
    private const int Height = 4, Width = 5;

    private static readonly PartitionTransformerSettings Small =
        SmallModels.Partition with { Tokens = Height * Width, DecoderBlocks = 3, BlockCausal = true };

    public static TheoryData<string, int, RevealMethod, int, double, string> Cases()
    {
        var cases = new TheoryData<string, int, RevealMethod, int, double, string>();
        foreach (var method in Enum.GetValues<RevealMethod>())
        {
            foreach (var guidance in new[] { 0.0, 2.0 })
            {
                foreach (var layout in new[] { "cross-only", "interleave", "interleave-1-self", "2-cross-first" })
                {
                    cases.Add(layout, 2, method, 6, guidance, "own");
                    cases.Add(layout, 0, method, 6, guidance, "own");
                    cases.Add(layout, 2, method, 6, guidance, "shared");
                }
                // All at once, one at a time, and more steps than tokens.
                foreach (var steps in new[] { 1, 20, 33 }) cases.Add("cross-only", 2, method, steps, guidance, "own");
            }
        }
        return cases;
    }

    /// <summary>At every step, whatever the sampler reveals: the training forward of the same blocks is what the cache computes.</summary>
    [Theory, MemberData(nameof(Cases))]
    public void Sample_ThroughTheCache_HasTheLogitsOfOnePass(
        string layout, int registers, RevealMethod method, int steps, double guidance, string crossKeyValues)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var model = SmallModels.Create(
            Small with { DecoderLayout = layout, Registers = registers, CrossKeyValues = crossKeyValues });

        var compared = Compare(model, method, steps, guidance, tolerance: 1e-5);

        Assert.Equal(Math.Min(steps, Small.Tokens), compared);
    }

    /// <summary>The same at widths whose products, attention, norms and turns are computed beside libtorch.</summary>
    [Theory]
    [InlineData(RevealMethod.Halton, 4, "cross-only", 2, 2)]
    [InlineData(RevealMethod.Confidence, 4, "cross-only", 2, 2)]
    [InlineData(RevealMethod.Halton, 2, "cross-only", 2, 2)]
    [InlineData(RevealMethod.Confidence, 2, "cross-only", 0, 0)]
    [InlineData(RevealMethod.Halton, 2, "interleave", 0, 2)]
    [InlineData(RevealMethod.Confidence, 2, "interleave-1-self", 2, 2)]
    [InlineData(RevealMethod.Halton, 1, "2-cross-first", 2, 0)]
    public void Sample_WidthsOfWholeVectors_HasTheLogitsOfOnePass(
        RevealMethod method, int heads, string layout, int registers, double guidance)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var model = SmallModels.Create(Small with { Hidden = 64, Heads = heads, DecoderLayout = layout, Registers = registers });
        Compare(model, method, 6, guidance, tolerance: 1e-5);
    }

    /// <summary>
    /// In bfloat16 products are rounded to 8 bits, in another order than in one pass: the logits stay as near to float32's as one pass
    /// does.
    /// </summary>
    [Theory]
    [InlineData("cross-only", "own")]
    [InlineData("interleave", "own")]
    [InlineData("cross-only", "shared")]
    public void Sample_ThroughTheCacheInBFloat16_HasTheLogitsOfOnePassToItsRounding(string layout, string crossKeyValues)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var model = SmallModels.Create(Small with { DecoderLayout = layout, CrossKeyValues = crossKeyValues });
        foreach (var parameter in model.parameters()) parameter.requires_grad = false;
        model.ComputeType = ScalarType.BFloat16;
        Compare(model, RevealMethod.Halton, 6, 2, tolerance: 0.03);
    }

    /// <summary>A token's encoding is the same whatever comes later: nothing in the cache ever has to be made again.</summary>
    [Fact]
    public void Encoding_GradientOfLaterBlocks_IsExactlyZero()
    {
        using var scope = NewDisposeScope();
        using var model = SmallModels.Create(Small);
        var blocks = (arange(Small.Length, dtype: int64) * 7 % 5 + 1).unsqueeze(0);
        blocks[0, 0] = 0;
        var tokens = (arange(Small.Length, dtype: int64) * 3 % 20).unsqueeze(0);
        Tensor embedded = null!, encoded = null!;
        model.Forward(tokens, blocks, tensor(new long[] { 1 }), null, observe: (name, x) =>
        {
            if (name == "vocab_embed") embedded = x.DetachFromDisposeScope();
            if (name == $"encoder.blocks.{Small.EncoderBlocks - 1}") encoded = x.DetachFromDisposeScope();
        });
        for (var block = 0; block <= 5; block++)
        {
            var until = blocks.le(block).squeeze(0);
            var known = encoded.narrow(1, Small.Registers, Small.Length)[0][until];
            var gradient = autograd.grad([known.square().sum()], [embedded], retain_graph: true)[0][0].abs().amax([1L]);
            Assert.True(gradient[until].min().item<float>() > 0);
            if (block < 5) Assert.Equal(0f, gradient[until.logical_not()].max().item<float>());
        }
        embedded.Dispose();
        encoded.Dispose();
    }

    /// <summary>All that is kept was set aside at the beginning: a step leaves nothing behind.</summary>
    [Theory]
    [InlineData(RevealMethod.Halton)]
    [InlineData(RevealMethod.Confidence)]
    public void Sample_StepAfterStep_KeepsAsManyTensors(RevealMethod method)
    {
        using var scope = NewDisposeScope();
        using var model = SmallModels.Create(Small);
        var live = new List<long>();
        Sampler(model, new TokenSamplerSettings { Sampler = method, Steps = 12, GuidanceSchedule = GuidanceSchedule.Constant })
            .Sample(Labels(), Draws(), _ => live.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount));
        Assert.Equal(12, live.Count);
        Assert.Single(live.Skip(1).Distinct());
        var after = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Sampler(model, new TokenSamplerSettings { Sampler = method, Steps = 12 }).Sample(Labels(), Draws()).Dispose();
        Assert.Equal(after, DisposeScopeManager.Statistics.ThreadTotalLiveCount - 1);
    }

    [Fact]
    public void Predict_UnconditionalOfABatchWithoutGuidance_IsRefused()
    {
        using var scope = NewDisposeScope();
        using var model = SmallModels.Create(Small);
        using var predictor = new CachedTokenModel(model).Begin(Labels(), guided: false);
        Assert.Contains("Begin it with guidance", Assert.Throws<InvalidOperationException>(() => predictor.Predict(null, true)).Message);
    }

    /// <summary>Compares every step with the one-pass forward under the blocks that the sampler made.</summary>
    /// <returns>Steps compared.</returns>
    private static int Compare(PartitionTransformer model, RevealMethod method, int steps, double guidance, double tolerance)
    {
        var settings = new TokenSamplerSettings { Sampler = method, Steps = steps, Guidance = guidance, RandomizeOrder = true };
        var (labels, compared) = (Labels(), 0);
        var blockOf = new List<long>();
        Sampler(model, settings).Sample(labels, Draws(), step =>
        {
            while (blockOf.Count < step.KnownCells.shape[1]) blockOf.Add(compared);
            compared++;
            var batch = labels.shape[0];
            var tokens = zeros([batch, Small.Length], dtype: int64);
            tokens.narrow(1, 0, 1).fill_(Small.BosId);
            var blocks = full_like(tokens, compared + 1);
            blocks.narrow(1, 0, 1).fill_(0);
            blocks.scatter_(1, step.Asked! + 1, full_like(step.Asked!, compared));
            if (blockOf.Count > 0)
            {
                tokens.scatter_(1, step.KnownCells + 1, step.KnownCodes.narrow(1, 1, blockOf.Count));
                blocks.scatter_(1, step.KnownCells + 1, tensor(blockOf.ToArray()).unsqueeze(0).expand(batch, -1));
            }
            Close(model, tokens, blocks, labels, null, step.Asked!, step.Conditional, tolerance);
            Assert.Equal(guidance != 0 && (steps == 1 || step.Index > 0), step.Unconditional is not null);
            if (step.Unconditional is { } without)
                Close(model, tokens, blocks, labels, ones(batch, dtype: @bool), step.Asked!, without, tolerance);
        });
        return compared;
    }

    private static void Close(
        PartitionTransformer model, Tensor tokens, Tensor blocks, Tensor labels, Tensor? dropped, Tensor asked, Tensor actual,
        double tolerance)
    {
        // As in training: outside inference mode other code multiplies.
        using var ordinary = inference_mode(false);
        using var _ = no_grad();
        var expected = model.ImageLogits(tokens, blocks, labels, dropped)
            .gather(1, asked.unsqueeze(2).expand(-1, -1, Small.Vocabulary)).narrow(-1, 0, Small.Codebook);
        GoldenFiles.Close(
            expected, actual.narrow(-1, 0, Small.Codebook), atol: tolerance * expected.abs().max().item<float>(), rtol: 0);
    }

    private static TokenSampler Sampler(PartitionTransformer model, TokenSamplerSettings settings) =>
        new(new CachedTokenModel(model), settings, Height, Width);

    private static Tensor Labels() => tensor(new long[] { 0, 2, 1 });

    private static SamplerDraws Draws() => new(RandomStream.Of(1, RandomPurpose.Sampling));
}

using PgmCluster.Modeling.BlockCausal;
using PgmCluster.Modeling.Masking;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.BlockCausal;

public class BlockCausalTransformerTests
{
    private static readonly PartitionTransformerSettings Small = SmallModels.Partition with { BlockCausal = true };

    public static TheoryData<string, string, int, string> Models() => new()
    {
        { "cross-only", "learn+freqs", 2, "own" }, { "cross-only", "learn", 0, "own" }, { "interleave", "learn+freqs", 2, "own" },
        { "interleave-2-self", "learn+freqs", 4, "own" }, { "1-cross-first", "learn+freqs", 0, "own" },
        { "cross-only", "learn+freqs", 2, "shared" }, { "interleave", "learn", 0, "shared" },
    };

    /// <summary>The defining property: a token is predicted from earlier blocks alone.</summary>
    [Theory, MemberData(nameof(Models))]
    public void ImageLogits_TokenChanged_ChangesOnlyLaterBlocksLogits(
        string layout, string preQuery, int registers, string crossKeyValues)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var model = SmallModels.Create(Of(layout, preQuery, registers, crossKeyValues));
        var (tokens, blocks, labels) = Batch(5);
        var block = blocks[0, 5].item<long>();
        var changed = tokens.clone();
        changed[0, 5] = (tokens[0, 5] + 1) % 20;

        var difference = (model.ImageLogits(tokens, blocks, labels, null) - model.ImageLogits(changed, blocks, labels, null))
            .narrow(0, 0, 1).abs().amax([2L]).squeeze(0);                                        // [L - 1]
        var later = blocks.narrow(0, 0, 1).squeeze(0).narrow(0, 1, 16).gt(block);
        Assert.Equal(0f, difference.masked_select(later.logical_not()).max().item<float>());
        Assert.True(difference.masked_select(later).max().item<float>() > 1e-5);
    }

    /// <summary>What makes a cache exact: an encoding has no gradient at all with respect to later blocks.</summary>
    [Theory, MemberData(nameof(Models))]
    public void Encoding_GradientWithRespectToLaterBlocks_IsExactlyZero(
        string layout, string preQuery, int registers, string crossKeyValues)
    {
        using var scope = NewDisposeScope();
        using var model = SmallModels.Create(Of(layout, preQuery, registers, crossKeyValues));
        var (tokens, blocks, labels) = Batch(6);
        // Every token of an image is another code: the table's gradient has a row for each.
        tokens = cat([tokens.narrow(1, 0, 1), arange(16, dtype: int64).unsqueeze(0).expand(2, -1)], 1);
        var table = StateDict.Of(model).Parameters.Single(p => p.Name == "vocab_embed.embedding").Tensor;
        var last = $"encoder.blocks.{Small.EncoderBlocks - 1}";
        for (var block = 1L; block <= blocks.max().item<long>(); block++)
        {
            table.grad?.zero_();
            Tensor? encoded = null;
            model.Forward(tokens, blocks, labels, null, observe: (name, value) => { if (name == last) encoded = value.alias().DetachFromDisposeScope(); });
            using var kept = encoded;
            var of = cat([zeros([2, registers], dtype: int64), blocks], 1).eq(block).narrow(0, 0, 1);
            kept!.narrow(0, 0, 1).masked_select(of.unsqueeze(2)).square().sum().backward();

            var gradients = table.grad!.abs().amax([1L]).narrow(0, 0, 16);
            var ofTokens = blocks[0].narrow(0, 1, 16);
            Assert.Equal(0f, gradients.masked_select(ofTokens.gt(block)).sum().item<float>());
            Assert.True(gradients.masked_select(ofTokens.eq(block)).min().item<float>() > 0);
            if (block > 1) Assert.True(gradients.masked_select(ofTokens.lt(block)).min().item<float>() > 0);
        }
    }

    [Theory, MemberData(nameof(Models))]
    public void Weights_AreThoseOfAPgmByNameShapeAndValue(
        string layout, string preQuery, int registers, string crossKeyValues)
    {
        using var scope = NewDisposeScope();
        var settings = Of(layout, preQuery, registers, crossKeyValues);
        using var once = new PartitionTransformer(settings, seed: 4);
        using var pgm = new PartitionTransformer(settings with { BlockCausal = false }, seed: 4);
        var (a, b) = (StateDict.Of(once).Parameters.ToArray(), StateDict.Of(pgm).Parameters.ToArray());
        Assert.Equal(b.Select(p => p.Name), a.Select(p => p.Name));
        Assert.All(a.Zip(b), pair => Assert.True(pair.First.Tensor.equal(pair.Second.Tensor).all().item<bool>(), pair.First.Name));
    }

    [Theory]
    [InlineData(false, "own")]
    [InlineData(true, "own")]
    [InlineData(false, "shared")]
    [InlineData(true, "shared")]
    public void Backward_GivesTheGradientsOfLoss(bool recompute, string crossKeyValues)
    {
        using var scope = NewDisposeScope();
        using var model = SmallModels.Create(Small with { CrossKeyValues = crossKeyValues });
        var (tokens, blocks, labels) = Batch(7);
        model.Loss(tokens, blocks, labels, null).backward();
        var expected = model.parameters().Select(p => p.grad!.clone()).ToArray();
        foreach (var parameter in model.parameters()) parameter.grad!.zero_();
        model.Backward(tokens, blocks, labels, null, null, recompute);
        Assert.All(model.parameters().Zip(expected), pair =>
            Assert.True((pair.First.grad! - pair.Second).abs().max().item<float>() <= 1e-5f * (1 + pair.Second.abs().max().item<float>())));
    }

    [Fact]
    public void Settings_ThatHaveNoBlockCausalForm_AreRefusedByKey()
    {
        Assert.Contains((Small with { PreQuery = "learn+freqs+mean" }).Problems(), p => p.StartsWith("preQuery", StringComparison.Ordinal));
        Assert.Contains((Small with { CompatReference = true }).Problems(), p => p.StartsWith("compatReference", StringComparison.Ordinal));
    }

    [Fact]
    public void Loss_GroupsInsteadOfBlocks_IsRefused()
    {
        using var scope = NewDisposeScope();
        using var model = SmallModels.Create(Small);
        var (tokens, blocks, labels) = Batch(8);
        var refusal = Assert.Throws<ArgumentException>(() => model.Loss(tokens, blocks.gt(2), labels, null));
        Assert.Contains("I64 blocks", refusal.Message);
    }

    private static PartitionTransformerSettings Of(string layout, string preQuery, int registers, string crossKeyValues) =>
        Small with { DecoderLayout = layout, PreQuery = preQuery, Registers = registers, CrossKeyValues = crossKeyValues };

    /// <summary>Two images whose blocks are drawn in random orders.</summary>
    private static (Tensor Tokens, Tensor Blocks, Tensor Labels) Batch(long seed)
    {
        var draws = RandomStream.Of(seed, RandomPurpose.MicroBatch);
        var drawn = new long[2 * 17];
        var random = new RevealBlocks(new RevealOrders { Steps = 5, Sampler = 0, Random = 1, Curve = MaskingSchedule.Linear }, 4, 4);
        for (var i = 0; i < 2; i++) random.Draw(drawn.AsSpan(i * 17, 17), 0, draws);
        using var generator = new Generator((ulong)seed, CPU);
        var tokens = randint(0, 20, [2, 17], dtype: int64, generator: generator);
        tokens.narrow(1, 0, 1).fill_(Small.BosId);
        return (tokens, tensor(drawn, [2, 17], dtype: int64), tensor(new long[] { 0, 2 }));
    }
}

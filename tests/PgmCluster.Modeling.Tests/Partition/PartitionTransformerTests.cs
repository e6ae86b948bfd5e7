using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Tests.Golden;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Partition;

public class PartitionTransformerTests
{
    private static readonly PartitionTransformerSettings Small = SmallModels.Partition;

    public static TheoryData<string, string, int> Models() => new()
    {
        { "cross-only", "learn+freqs", 2 }, { "interleave", "learn+freqs", 2 }, { "interleave-2-self", "learn", 4 },
        { "cross-only", "learn+freqs+mean", 2 },
        { "cross-only", "learn+freqs+logsumexp", 2 }, { "1-cross-first", "learn+freqs", 0 }, { "cross-only", "learn+freqs", 0 },
    };

    /// <summary>The defining property (paper section 3): no token ever sees itself or its own group.</summary>
    [Theory, MemberData(nameof(Models))]
    public void Forward_TokenChanged_ChangesOnlyTheOtherGroupsLogits(string layout, string preQuery, int registers)
    {
        using var scope = NewDisposeScope();
        using var model = SmallModels.Create(Small with { DecoderLayout = layout, PreQuery = preQuery, Registers = registers });
        using var generator = new Generator(2, CPU);
        var groups = rand(1, 17, dtype: float32, generator: generator).lt(0.5);
        groups[0, 0] = false;
        groups[0, 5] = true;
        var tokens = randint(0, 20, [1, 17], dtype: int64, generator: generator);
        var changed = tokens.clone();
        changed[0, 5] = (tokens[0, 5] + 1) % 20;
        var labels = zeros(1, dtype: int64);
        var difference = (model.Forward(tokens, groups, labels, null) - model.Forward(changed, groups, labels,
            null)).abs().amax([2L]).squeeze(0);
        Assert.Equal(0f, difference.masked_select(groups.squeeze(0)).max().item<float>());
        Assert.True(difference.masked_select(groups.squeeze(0).logical_not()).max().item<float>() > 1e-4);
    }

    /// <summary>Models whose decoder stream holds the same positions in training and inference.</summary>
    public static TheoryData<string, string, int> ModelsWithOneStream() => new()
    {
        { "cross-only", "learn+freqs", 2 }, { "cross-only", "learn", 4 }, { "cross-only", "learn+freqs+mean", 2 },
        { "cross-only", "learn+freqs+logsumexp", 2 }, { "1-cross-first", "learn+freqs", 0 }, { "interleave", "learn+freqs", 0 },
    };

    /// <summary>What training computes for a partition, inference computes from the known group alone.</summary>
    [Theory, MemberData(nameof(ModelsWithOneStream))]
    public void Predict_KnownTokensOfOneGroup_EqualsTrainingForward(string layout, string preQuery, int registers)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var model = SmallModels.Create(Small with { DecoderLayout = layout, PreQuery = preQuery, Registers = registers });
        using var generator = new Generator(3, CPU);
        var tokens = randint(0, 20, [2, 17], dtype: int64, generator: generator);
        tokens.narrow(1, 0, 1).fill_(Small.BosId);
        var known = new long[] { 0, 2, 3, 7, 11, 16 };
        var asked = Enumerable.Range(0, 17).Select(i => (long)i).Except(known).ToArray();
        var groups = ones([2, 17], dtype: @bool);
        foreach (var position in known) groups.narrow(1, position, 1).fill_(false);
        var labels = tensor(new long[] { 1, 2 });

        var training = model.Forward(tokens, groups, labels, null).index_select(1, tensor(asked));
        var inference = model.Predict(
            tokens.index_select(1, tensor(known)), tensor(known).unsqueeze(0).expand(2, -1), tensor(asked).unsqueeze(0).expand(2, -1), null,
            model.Condition(labels, null));
        GoldenFiles.Close(training, inference, 1e-5, 1e-5);
    }

    /// <summary>One projection for all cross blocks in the place of each block's own, and nothing else.</summary>
    [Theory]
    [InlineData("cross-only")]
    [InlineData("interleave")]
    public void SharedCrossKeyValues_AreMadeByOneProjection_InTrainingAndInInference(string layout)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var settings = Small with { DecoderBlocks = 3, DecoderLayout = layout, Registers = 0 };
        using var own = SmallModels.Create(settings);
        using var shared = new PartitionTransformer(settings with { CrossKeyValues = "shared" });
        string[] Names(PartitionTransformer model) => [.. StateDict.Of(model).Parameters.Select(p => p.Name)];
        string[] parts = ["kv_norm1.weight", "attn_kv.weight"];
        var projections = Names(own).Where(n => parts.Any(part => n.EndsWith(part, StringComparison.Ordinal)));
        Assert.Equal(
            Names(own).Except(projections).Concat(["decoder.kv_norm1.weight", "decoder.attn_kv.weight"]).Order(), Names(shared).Order());

        // Blocks with projections of their own that are all the same compute the same.
        var weights = StateDict.Of(own).Parameters.ToDictionary(p => p.Name, p => p.Tensor);
        foreach (var part in parts)
        {
            foreach (var name in weights.Keys.Where(n => n.EndsWith(part, StringComparison.Ordinal)))
                weights[name].copy_(weights[$"decoder.layers.0.{part}"]);
        }
        foreach (var (name, tensor, _) in StateDict.Of(shared).Parameters)
        {
            tensor.copy_(
                weights.GetValueOrDefault(name) ?? weights[name.Replace("decoder.", "decoder.layers.0.", StringComparison.Ordinal)]);
        }

        Tensor[] Logits(PartitionTransformer model)
        {
            var (tokens, labels) = (arange(17, dtype: int64).unsqueeze(0), zeros(1, dtype: int64));
            var groups = tokens.remainder(2).eq(1);
            var (known, asked) = (arange(0, 17, 2, dtype: int64), arange(1, 17, 2, dtype: int64));
            return
            [
                model.Forward(tokens, groups, labels, null),
                model.Predict(tokens.index_select(1, known), known.unsqueeze(0), asked.unsqueeze(0), null, model.Condition(labels, null)),
            ];
        }
        Assert.All(Logits(own).Zip(Logits(shared)), pair => Assert.True(pair.First.equal(pair.Second).all().item<bool>()));
    }

    [Fact]
    public void Forward_GroupEmptyWithoutRegisters_GivesFiniteLogitsAndGradients()
    {
        using var scope = NewDisposeScope();
        using var model = SmallModels.Create(Small with { Registers = 0 });
        var tokens = zeros([2, 17], dtype: int64);
        model.Loss(tokens, zeros([2, 17], dtype: @bool), zeros(2, dtype: int64), null).backward();
        Assert.All(
            StateDict.Of(model).Parameters, p => Assert.True(p.Tensor.grad is null || p.Tensor.grad.isfinite().all().item<bool>(), p.Name));
    }

    /// <summary>Whoever asks first for what a model keeps may be a sampler, in inference mode.</summary>
    [Fact]
    public void Loss_AfterAPredictionInInferenceMode_GoesBackward()
    {
        using var scope = NewDisposeScope();
        using var model = SmallModels.Create(Small);
        var (tokens, labels) = (zeros([1, 17], dtype: int64), zeros(1, dtype: int64));
        using (inference_mode())
            model.Predict(
                tokens.narrow(1, 0, 2), arange(2, dtype: int64).unsqueeze(0), arange(2, 5, dtype: int64).unsqueeze(0), null,
                model.Condition(labels, null)).Dispose();
        model.Loss(tokens, zeros([1, 17], dtype: @bool), labels, null).backward();
        Assert.All(model.parameters(), p => Assert.True(p.grad!.isfinite().all().item<bool>()));
    }

    /// <summary>What the public code never attends to may as well not be there: rows of one length need no mask.</summary>
    [Theory]
    [InlineData("learn+freqs", 2)]
    [InlineData("learn", 4)]
    [InlineData("learn+freqs+mean", 2)]
    public void Predict_CompatReferenceWithoutLengths_EqualsMaskedPrediction(string preQuery, int registers)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var model = SmallModels.Create(Small with { CompatReference = true, PreQuery = preQuery, Registers = registers });
        using var generator = new Generator(4, CPU);
        var (known, positions) = (randint(0, 20, [2, 5], dtype: int64, generator: generator), arange(5, dtype: int64).unsqueeze(0));
        var (asked, conditioning) = (arange(6, 11, dtype: int64).unsqueeze(0), model.Condition(tensor(new long[] { 0, 2 }), null));

        var masked = model.Predict(known, positions.expand(2, -1), asked.expand(2, -1), tensor(new long[] { 5, 5 }), conditioning);

        GoldenFiles.Close(masked, model.Predict(known, positions, asked, null, conditioning), 1e-5, 1e-5);
    }

    [Fact]
    public void Problems_OddRegistersAndOthers_AreListedAtOnce()
    {
        var problems = (Small with { Registers = 3, Hidden = 25, DecoderLayout = "interlave" }).Problems();
        Assert.Equal(3, problems.Count);
        Assert.Contains(problems, p => p.Contains("registers = 3", StringComparison.Ordinal));
    }

    [Fact]
    public void Forward_QueryNormRms_Works()
    {
        using var scope = NewDisposeScope();
        using var model = SmallModels.Create(Small with { QueryNorm = "rmsnorm" });
        Assert.True(
            model.Forward(
                zeros([1, 17], dtype: int64), zeros([1, 17], dtype: @bool), zeros(1, dtype: int64), null).isfinite().all().item<bool>());
    }
}

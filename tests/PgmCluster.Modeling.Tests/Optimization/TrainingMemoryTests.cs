using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.MaskGit;
using PgmCluster.Modeling.Optimization;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Tests.Golden;
using PgmCluster.Modeling.Tokenizer;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Optimization;

/// <summary>What saves memory in training changes no gradient.</summary>
public class TrainingMemoryTests
{
    private static readonly MaskGitSettings MaskGit = SmallModels.MaskGit with { Width = 4, Depth = 3 };

    [Theory]
    [InlineData("cross-only", "own")]
    [InlineData("interleave", "own")]
    [InlineData("1-cross-first", "own")]
    [InlineData("cross-only", "shared")]
    [InlineData("interleave", "shared")]
    public void Backward_PartitionRecomputed_GivesTheBitsOfTheWholeGraph(string layout, string crossKeyValues)
    {
        using var scope = NewDisposeScope();
        using var model = SmallModels.Create(
            SmallModels.Partition with { DecoderBlocks = 3, DecoderLayout = layout, CrossKeyValues = crossKeyValues });
        var draws = RandomStream.Of(3, RandomPurpose.MicroBatch);
        var tokens = (draws.Uniform(CPU, 2, 17) * 20).to_type(int64);
        var groups = draws.Uniform(CPU, 2, 17).lt(0.5);
        groups.narrow(1, 0, 1).fill_(false);
        CheckEqual(model, recompute => model.Backward(
            tokens, groups, tensor(new long[] { 0, 2 }), tensor(new[] { false, true }),
            new Dropout(0.1, RandomStream.Of(4, RandomPurpose.MicroBatch)), recompute));
    }

    /// <summary>The graph is cut at every block, and with dropout at the attention; that is to be seen in no bit.</summary>
    [Theory]
    [InlineData(1, 0.1, "float32")]
    [InlineData(2, 0.1, "float32")]
    [InlineData(1, 0, "float32")]
    [InlineData(1, 0.1, "bfloat16")]
    public void Backward_MaskGitInParts_GivesTheBitsOfTheWholeGraph(int projection, double dropout, string type)
    {
        using var scope = NewDisposeScope();
        using var model = SmallModels.Create(MaskGit with { Projection = projection });
        model.ComputeType = type == "float32" ? float32 : bfloat16;
        var draws = RandomStream.Of(3, RandomPurpose.MicroBatch);
        var codes = (draws.Uniform(CPU, 2, 4, 4) * 20).to_type(int64);
        var (hidden, labels) = (codes.lt(9), tensor(new long[] { 0, 2 }));
        Dropout Drop() => new(dropout, RandomStream.Of(4, RandomPurpose.MicroBatch));
        var whole = new Func<Tensor>(() =>
        {
            var loss = model.Loss(codes, hidden, labels, null, Drop());
            loss.backward();
            return loss.detach();
        });
        foreach (var recompute in new[] { false, true })
        {
            CheckEqual(model, inParts => inParts ? model.Backward(codes, hidden, labels, null, Drop(), recompute) : whole());
            foreach (var (_, tensor, _) in StateDict.Of(model).Parameters) tensor.grad?.zero_();
        }
    }

    [Fact]
    public void TokenLoss_InBlocks_GivesLossAndGradientsOfTheWhole()
    {
        using var scope = NewDisposeScope();
        using var head = SmallModels.Filled(new LinearLayer(6, 11));
        var draws = RandomStream.Of(3, RandomPurpose.MicroBatch);
        var features = draws.Normal(10, 6).requires_grad_();
        var targets = (draws.Uniform(CPU, 10) * 11).to_type(int64);
        Tensor[] Gradients(long? elements)
        {
            foreach (var tensor in new[] { features, head.W, head.B! }) tensor.grad?.zero_();
            var loss = TokenLoss.Backward(head.Forward, features, targets, 11, elements);
            return [loss, features.grad!.clone(), head.W.grad!.clone(), head.B!.grad!.clone()];
        }

        var whole = Gradients(null);
        // Four rows at a time: the last block has two.
        foreach (var (expected, actual) in whole.Zip(Gradients(44))) GoldenFiles.Close(expected, actual, 1e-6, 1e-6);

        using var _ = no_grad();
        GoldenFiles.Close(whole[0], TokenLoss.Of(head.Forward, features, targets, 11, 44), 1e-6, 1e-6);
    }

    /// <summary>Four rows at a time, the last block has two; and a loss that goes backward once more behind a factor.</summary>
    [Fact]
    public void AssignmentEntropy_InBlocks_GivesLossAndGradientsOfTheWhole()
    {
        using var scope = NewDisposeScope();
        var draws = RandomStream.Of(3, RandomPurpose.MicroBatch);
        Tensor Rows(int count)
        {
            // Near each other, or each row would be sure of its code and nothing had a gradient.
            var rows = 1 + draws.Normal(count, 5) * 0.2;
            return (rows / rows.norm(1, keepdim: true)).detach().requires_grad_();
        }
        var (rows, codebook) = (Rows(10), Rows(11));
        Tensor[] Gradients(long? elements)
        {
            foreach (var leaf in new[] { rows, codebook }) leaf.grad?.zero_();
            var loss = AssignmentEntropy.Of(rows, codebook, elements);
            (loss * 0.25).backward();
            return [loss.detach(), rows.grad!.clone(), codebook.grad!.clone()];
        }

        var whole = Gradients(null);
        Assert.True(whole[1].abs().max().item<float>() > 1e-3);
        foreach (var (expected, actual) in whole.Zip(Gradients(44))) GoldenFiles.Close(expected, actual, 1e-6, 1e-5);
        using var _ = no_grad();
        GoldenFiles.Close(whole[0], AssignmentEntropy.Of(rows, codebook, 44), 1e-6, 1e-6);
    }

    private static void CheckEqual(NamedModule model, Func<bool, Tensor> backward)
    {
        var parameters = StateDict.Of(model).Parameters.ToArray();
        var whole = backward(false);
        var expected = parameters.Select(p => p.Tensor.grad?.clone()).ToArray();
        foreach (var (_, tensor, _) in parameters) tensor.grad?.zero_();

        GoldenFiles.Equal(whole, backward(true), "loss");
        foreach (var ((name, tensor, _), gradient) in parameters.Zip(expected))
        {
            Assert.Equal(gradient is null, tensor.grad is null);
            if (gradient is not null) GoldenFiles.Equal(gradient, tensor.grad!, name);
        }
    }
}

using PgmCluster.Modeling.BlockCausal;
using PgmCluster.Modeling.Likelihood;
using PgmCluster.Modeling.MaskGit;
using PgmCluster.Modeling.Masking;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Sampling;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Likelihood;

public class TokenLikelihoodTests
{
    private const int Height = 3, Width = 4, Cells = Height * Width, Codebook = 20;

    private static readonly PartitionTransformerSettings Pgm =
        SmallModels.Shallow with { Codebook = Codebook, Tokens = Cells, EncoderBlocks = 2 };

    private static readonly MaskGitSettings MaskGit =
        SmallModels.MaskGit with { Codebook = Codebook, Height = Height, Width = Width };

    private static readonly int[] Rolls = [5, 0, 11];

    [Theory]
    [InlineData(TokenOrder.Halton, 1)]
    [InlineData(TokenOrder.Halton, 4)]
    [InlineData(TokenOrder.Rolled, 5)]
    [InlineData(TokenOrder.Raster, 30)]
    public void Of_Pgm_IsTheSumOverStepsOfWhatItPredictsFromTheTokensBefore(TokenOrder order, int steps)
    {
        using var scope = NewDisposeScope();
        using var model = SmallModels.Create(Pgm);
        var (codes, labels) = Images();
        var plan = new RevealPlan(order, steps, MaskingSchedule.Arccos, Height, Width);

        var nats = TokenLikelihood.Of(new PartitionTokenModel(model), codes, labels, plan, Rolls);

        var conditioning = model.Condition(labels, null);
        var cells = plan.Cells(Rolls, CPU).expand(3, -1);
        var expected = zeros(3, dtype: float64);
        var first = 0;
        foreach (var count in plan.Counts)
        {
            var (before, asked) = (cells.narrow(1, 0, first), cells.narrow(1, first, count));
            var known = nn.functional.pad(codes.gather(1, before), [1, 0], value: Pgm.BosId);
            var positions = nn.functional.pad(before + 1, [1, 0]);
            var logits = model.Predict(known, positions, asked + 1, null, conditioning).narrow(2, 0, Codebook).to_type(float64);
            expected += logits.log_softmax(-1).gather(2, codes.gather(1, asked).unsqueeze(2)).sum([1L, 2L]);
            first += count;
        }
        AssertClose(expected, nats);
    }

    [Fact]
    public void Of_MaskGit_IsTheSumOverStepsOfWhatItPredictsFromTheTokensBefore()
    {
        using var scope = NewDisposeScope();
        using var model = SmallModels.Create(MaskGit);
        var (codes, labels) = Images();
        var plan = new RevealPlan(TokenOrder.Halton, 4, MaskingSchedule.Arccos, Height, Width);

        var nats = TokenLikelihood.Of(new MaskGitTokenModel(model), codes, labels, plan, Rolls);

        var expected = zeros(3, dtype: float64);
        var grid = full_like(codes, MaskGit.MaskId);
        var cells = plan.Cells(Rolls, CPU).expand(3, -1);
        var known = 0;
        foreach (var count in plan.Counts)
        {
            var asked = cells.narrow(1, known, count);
            var truth = codes.gather(1, asked);
            var features = model.Features(grid.view(-1, Height, Width), null, model.Condition(labels, null));
            var logits = model.Logits(features, Codebook).to_type(float64).log_softmax(-1);
            expected += logits.gather(2, codes.unsqueeze(2)).squeeze(2).gather(1, asked).sum(1);
            grid = grid.scatter(1, asked, truth);
            known += count;
        }
        AssertClose(expected, nats);
    }

    /// <summary>What the cache computes step by step, the same weights compute at once under the mask of the blocks.</summary>
    [Theory]
    [InlineData("cross-only", 2, TokenOrder.Halton, 4)]
    [InlineData("cross-only", 0, TokenOrder.Rolled, 5)]
    [InlineData("interleave", 2, TokenOrder.Raster, 3)]
    [InlineData("cross-only", 2, TokenOrder.Rolled, 1)]
    [InlineData("cross-only", 2, TokenOrder.Halton, 30)]
    public void Of_BlockCausalModelInOnePass_EqualsStepByStep(string layout, int registers, TokenOrder order, int steps)
    {
        using var scope = NewDisposeScope();
        using var model = SmallModels.Create(
            Pgm with { BlockCausal = true, DecoderBlocks = 2, DecoderLayout = layout, Registers = registers });
        var (codes, labels) = Images();
        var plan = new RevealPlan(order, steps, MaskingSchedule.Arccos, Height, Width);
        var tokens = new CachedTokenModel(model);

        var atOnce = TokenLikelihood.Of(tokens, codes, labels, plan, Rolls);

        AssertClose(TokenLikelihood.StepByStep(tokens, codes, labels, plan, Rolls), atOnce);
        // The weights have something to say.
        Assert.True((atOnce / -Cells - Math.Log(Codebook)).abs().min().item<double>() > 0.01);
    }

    [Theory]
    [InlineData("pgm", 1)]
    [InlineData("pgm", 7)]
    [InlineData("maskgit", 7)]
    public void Of_ModelThatKnowsNothing_CostsTheLogarithmOfTheCodebookAToken(string kind, int steps)
    {
        using var scope = NewDisposeScope();
        // A fresh PGM has a zero output layer; MaskGIT's is its embedding, so that all of its weights are zero here.
        using nn.Module model = kind == "pgm" ? new PartitionTransformer(Pgm) : new MaskGitTransformer(MaskGit, seed: null);
        ITokenModel tokens = model is PartitionTransformer pgm
            ? new PartitionTokenModel(pgm)
            : new MaskGitTokenModel((MaskGitTransformer)model);
        var (codes, labels) = Images();
        var plan = new RevealPlan(TokenOrder.Halton, steps, MaskingSchedule.Arccos, Height, Width);

        var bits = TokenLikelihood.Of(tokens, codes, labels, plan, Rolls) / (-Math.Log(2) * Cells);

        AssertClose(full(3, Math.Log2(Codebook), dtype: float64), bits);
    }

    [Theory]
    [InlineData(TokenOrder.Halton, 1)]
    [InlineData(TokenOrder.Rolled, 3)]
    [InlineData(TokenOrder.Raster, 1)]
    public void Cells_AnyOrder_NamesEveryCellOnceInItsStep(TokenOrder order, int rows)
    {
        using var scope = NewDisposeScope();
        var plan = new RevealPlan(order, 5, MaskingSchedule.Linear, Height, Width);

        var cells = plan.Cells(Rolls, CPU);
        var blocks = plan.Blocks(cells);

        Assert.Equal([rows, Cells], cells.shape);
        Assert.True(cells.sort(dim: 1).Values.eq(arange(Cells)).all().item<bool>());
        Assert.Equal((12, 5), (plan.Counts.Sum(), plan.Counts.Count));
        var steps = plan.Counts.SelectMany((count, step) => Enumerable.Repeat(1L + step, count)).ToArray();
        Assert.True(blocks.gather(1, cells).eq(tensor(steps)).all().item<bool>());
        if (order == TokenOrder.Raster) Assert.Equal(steps, blocks.data<long>().ToArray());
        if (order == TokenOrder.Halton) Assert.Equal(HaltonOrder.Of(Height, Width), cells.data<long>().Select(c => (int)c));
    }

    private static (Tensor Codes, Tensor Labels) Images()
    {
        using var generator = new Generator(3, CPU);
        return (randint(0, Codebook, [3, Cells], dtype: int64, generator: generator), tensor(new long[] { 2, 0, 1 }));
    }

    private static void AssertClose(Tensor expected, Tensor actual)
    {
        Assert.Equal((float64, expected.shape[0]), (actual.dtype, actual.shape[0]));
        var difference = ((expected - actual) / expected).abs().max().item<double>();
        Assert.True(difference <= 1e-5, $"largest difference {difference}");
    }
}

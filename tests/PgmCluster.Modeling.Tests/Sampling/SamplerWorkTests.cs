using PgmCluster.Modeling.Attention;
using PgmCluster.Modeling.MaskGit;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Sampling;
using PgmCluster.Modeling.Tests.Golden;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Sampling;

/// <summary>What samplers do not compute: the same function for less work.</summary>
public class SamplerWorkTests
{
    private const int Side = 4, Batch = 2, Steps = 5;

    private static readonly PartitionTransformerSettings Partition = SmallModels.Shallow with { Tokens = Side * Side };

    private static readonly MaskGitSettings MaskGit = SmallModels.MaskGit with { Height = Side, Width = Side };

    /// <summary>
    /// Guidance is combined before the head: its product sees each asked-for cell once, not once conditional and once unconditional.
    /// </summary>
    [Theory]
    [InlineData("pgm", false)]
    [InlineData("maskgit", false)]
    [InlineData("maskgit", true)]
    public void Sample_WithGuidance_ProjectsEachCellOnce(string kind, bool compat)
    {
        var counted = Sample(kind, compat, guidance: 2);
        Assert.Equal(counted.Select(step => Batch * step.Asked), counted.Select(step => step.Projected));
    }

    /// <summary>
    /// The public code's Halton sampler writes the first cells of the order, known ones again: these are asked for, and no others.
    /// </summary>
    [Fact]
    public void Sample_HaltonAsThePublicCode_PredictsWhatItWrites()
    {
        var known = RevealSchedule.Halton(Steps, Side * Side);
        Assert.Equal(known, Sample("maskgit", compat: true, guidance: 0).Select(step => (int)step.Asked));
        Assert.Equal(known[0], Sample("maskgit", compat: false, guidance: 0)[0].Asked);
    }

    [Fact]
    public void Table_AskedTwice_IsMadeOnce()
    {
        using var rotary = new RotaryEmbedding(8, 20);
        Assert.Same(rotary.Table().Cos, rotary.Table().Cos);
        Assert.Same(rotary.Table().Sin, rotary.Table().Sin);
    }

    /// <summary>All rows being as long, the tokens that the public code never attends to are left out: what a mask of them gives.</summary>
    [Fact]
    public void Predict_CompatWithoutLengths_IsThatOfTheMask()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var model = SmallModels.Create(Partition with { CompatReference = true, Registers = 4 });
        var (known, asked) = (arange(0, 6, dtype: int64).repeat(Batch, 1), arange(6, 16, dtype: int64).repeat(Batch, 1));
        var conditioning = model.Condition(tensor(new long[] { 0, 2 }), null);
        GoldenFiles.Close(
            model.Predict(known, known, asked, full([Batch], 6, dtype: int64), conditioning),
            model.Predict(known, known, asked, null, conditioning), 1e-5, 1e-5);
    }

    private static List<(long Asked, long Projected)> Sample(string kind, bool compat, double guidance)
    {
        using var scope = NewDisposeScope();
        using nn.Module module = kind == "pgm" ? SmallModels.Create(Partition) : SmallModels.Create(MaskGit);
        var model = new Counting(
            module is PartitionTransformer partition
                ? new PartitionTokenModel(partition) : new MaskGitTokenModel((MaskGitTransformer)module));
        var settings = new TokenSamplerSettings
        {
            Steps = Steps,
            Guidance = guidance,
            CompatReference = compat,
            Sampler = RevealMethod.Halton,
        };
        new TokenSampler(model, settings, Side, Side).Sample(
            tensor(new long[] { 0, 1 }), new SamplerDraws(RandomStream.Of(1, RandomPurpose.Sampling)));
        return model.Steps;
    }

    /// <summary>Counts the cells asked for, and the rows that the head is applied to.</summary>
    private sealed class Counting(ITokenModel model) : ITokenModel
    {
        public List<(long Asked, long Projected)> Steps { get; } = [];

        public int Tokens => model.Tokens;

        public int Codebook => model.Codebook;

        public int Vocabulary => model.Vocabulary;

        public int MaskId => model.MaskId;

        public int BosId => model.BosId;

        public bool ReferenceRedraws => model.ReferenceRedraws;

        public ITokenPredictor Begin(Tensor labels, bool guided) => new Predictor(model.Begin(labels, guided), Steps, Tokens);

        public double Operations(int known, int asked) => model.Operations(known, asked);
    }

    private sealed class Predictor(ITokenPredictor inner, List<(long Asked, long Projected)> steps, int tokens) : ITokenPredictor
    {
        public void Extend(Tensor codes, Tensor cells) => inner.Extend(codes, cells);

        public Tensor Predict(Tensor? asked, bool unconditional)
        {
            steps.Add((asked?.shape[1] ?? tokens, 0));
            return inner.Predict(asked, unconditional);
        }

        public void Dispose() => inner.Dispose();

        public Tensor Logits(Tensor features, int ids)
        {
            steps[^1] = steps[^1] with { Projected = steps[^1].Projected + features.shape[..^1].Aggregate((a, b) => a * b) };
            return inner.Logits(features, ids);
        }
    }
}

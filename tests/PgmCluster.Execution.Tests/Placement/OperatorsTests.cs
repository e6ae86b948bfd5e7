using System.Text.RegularExpressions;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Sampling;
using PgmCluster.TestSupport;
using TorchSharp;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Tests.Placement;

/// <summary>Which of libtorch's operators are called, seen by the kernels put over them on the device without memory.</summary>
[Collection(nameof(AloneOnMeta))]
public class OperatorsTests
{
    /// <summary>
    /// Those whose gradient CUDA adds up by atomic operations, in another order each time (torch.use_deterministic_algorithms has the
    /// list), or that add so
    /// themselves. Rows of tables are read by "index", whose gradient sorts the rows first.
    /// </summary>
    private static readonly string[] NotReproducible =
    [
        "index_select", "gather", "take", "scatter", "scatter_add", "scatter_reduce", "index_copy", "put", "masked_scatter",
        "grid_sampler_2d", "max_unpool2d",
        "nll_loss2d_forward", "reflection_pad1d_backward", "reflection_pad2d_backward", "replication_pad1d_backward",
        "replication_pad2d_backward",
    ];

    /// <summary>Others of them, which no kernel can be put over: looked for in the source of what is trained.</summary>
    private static readonly Regex InSource =
        new(
            @"\.(index_add|index_fill|cumsum|cumprod|histc|bincount|median|kthvalue)_?\(|embedding_bag|InterpolationMode\.(?!Nearest)\w+",
            RegexOptions.Compiled);

    public static TheoryData<string> Kinds => new(ModelKinds.All.Select(k => k.Name));

    /// <summary>
    /// Restarts of codes, which gather and copy rows that are all different, go backward through nothing; they are left out.
    /// </summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void TrainingStep_EveryKind_CallsNoOperatorWhoseSumsDependOnTheirOrder(string kind)
    {
        using var training = new MetaTraining(kind, restartsCodes: false);

        var called = StrictMeta.Called(() => training.Step.Run());

        Assert.Contains(called, name => name.Contains("backward", StringComparison.Ordinal));
        Assert.Contains(called, name => name is "mm" or "addmm" or "convolution" or "bmm");
        Assert.DoesNotContain(called, name => NotReproducible.Contains(Plain(name)));
    }

    /// <summary>What must not be called would be seen.</summary>
    [Theory]
    [InlineData("index_select")]
    [InlineData("gather")]
    [InlineData("scatter")]
    [InlineData("scatter_add")]
    [InlineData("replication_pad2d_backward")]
    public void Called_OperatorsThatMustNotBe_AreSeen(string name)
    {
        using var scope = NewDisposeScope();
        var (x, rows) = (zeros([2, 2], device: ComputeDevice.Meta.Torch, requires_grad: true), zeros(
            [2, 2], dtype: int64, device: ComputeDevice.Meta.Torch));
        var called = StrictMeta.Called(() => (name switch
        {
            "index_select" => x.index_select(0, rows.select(0, 0)),
            "gather" => x.gather(0, rows),
            "scatter" => x.scatter(0, rows, x),
            "scatter_add" => x.scatter_add(0, rows, x),
            _ => nn.functional.pad(x.view(1, 1, 2, 2), (1, 1, 1, 1), PaddingModes.Replicate, 0),
        }).sum().backward());
        Assert.Contains(called, other => Plain(other) == name);
    }

    [Fact]
    public void SourceOfWhatIsTrained_NamesNoOtherOperatorWhoseSumsDependOnTheirOrder()
    {
        var modeling = Path.Combine(RepositoryRoot.Path, "src", "PgmCluster.Modeling");
        var files = new[] { "Attention", "Blocks", "Classifier", "MaskGit", "Optimization", "Partition", "Tokenizer" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(modeling, folder), "*.cs", SearchOption.AllDirectories)).ToList();
        Assert.True(files.Count > 50);
        Assert.Matches(InSource, "x.cumsum(0)");
        Assert.All(files, file => Assert.DoesNotMatch(InSource, File.ReadAllText(file)));
    }

    /// <summary>
    /// As the public code counts, the last known tokens are never attended to: all rows being as long, they are left out, and nobody
    /// needs a mask.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Sample_AsThePublicCode_AttendsWithoutAMask(bool lengths)
    {
        var specification = SpecificationJson.Parse(
            TestRuns.Work("pgm", 1, new Dictionary<string, string> { ["model.compatReference"] = "true" }).Specification);
        using var scope = NewDisposeScope();
        using var module = (PartitionTransformer)ModelKinds.Get("pgm").CreateModel(specification, ComputeDevice.Meta.Torch);
        var labels = zeros(2, dtype: int64, device: module.Device);
        var positions = zeros([2, 5], dtype: int64, device: module.Device);
        var sampler = new TokenSampler(
            new PartitionTokenModel(module), new TokenSamplerSettings { Steps = 3, Guidance = 0 }, specification.Data.Height, specification.Data.Width);

        var called = StrictMeta.Called(() =>
        {
            using var _ = no_grad();
            if (lengths)
                module.Predict(
                    positions, positions, positions, full([2], 5, dtype: int64, device: module.Device), module.Condition(labels, null));
            else sampler.Sample(labels, new SamplerDraws(RandomStream.Of(1, RandomPurpose.Sampling), labels.device));
        });

        Assert.Equal(lengths, called.Contains("lt"));
    }

    private static string Plain(string name) => name.EndsWith('_') ? name[..^1] : name;
}

using PgmCluster.Data.Safetensors;
using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Classifier;
using PgmCluster.Modeling.MaskGit;
using PgmCluster.Modeling.Optimization;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Tokenizer;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Construction;

/// <summary>
/// What a program that uses the library alone gets from a constructor: a model that can learn, or a refusal that says why.
/// </summary>
public class ModelConstructionTests
{
    private static readonly PartitionTransformerSettings Partition =
        SmallModels.Shallow with { Codebook = 8, Tokens = 4, Classes = 2 };

    private static readonly MaskGitSettings MaskGit =
        SmallModels.MaskGit with { Codebook = 8, Height = 2, Width = 2, Classes = 2, Depth = 1 };

    private static readonly VqSettings Vq = new()
    {
        Channels = 8,
        ChannelMultipliers = [1, 1],
        ResidualBlocks = 1,
        LatentChannels = 8,
        Codebook = 8,
        CodeWidth = 4,
        NormGroups = 4,
    };

    private static readonly ImageClassifierSettings Classifier = new() { Classes = 2, ImageSize = 8, Widths = [4], Features = 64 };

    public static TheoryData<string> Kinds() => new("pgm", "maskgit", "tokenizer", "classifier");

    [Theory, MemberData(nameof(Kinds))]
    public void New_TrainedOnOneBatch_ItsLossFallsByHalf(string kind)
    {
        using var scope = NewDisposeScope();
        var (model, loss) = Task(kind);
        using var parameters = new FlatParameters(StateDict.Of(model));
        using var optimizer = new AdamW(parameters, new AdamWSettings());
        var first = loss().item<float>();
        for (var step = 0; step < 60; step++)
        {
            using var _ = NewDisposeScope();
            parameters.Gradients.zero_();
            loss().backward();
            optimizer.Step(step, 0.02);
        }
        Assert.InRange(loss().item<float>(), 0, first / 2);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void New_EqualSeed_GivesEqualWeights(string kind)
    {
        using var scope = NewDisposeScope();
        string Hash(long? seed) => StateDict.Of(Model(kind, seed)).Sha256();
        Assert.Equal(Hash(5), Hash(5));
        Assert.NotEqual(Hash(5), Hash(6));
        Assert.All(StateDict.Of(Model(kind, null)).Parameters, p => Assert.Equal(0, p.Tensor.abs().sum().item<float>()));
    }

    [Fact]
    public void New_HiddenIsNoMultipleOfHeads_IsRefusedNamingBoth()
    {
        var refused = Assert.Throws<ArgumentException>(() => new PartitionTransformer(Partition with { Hidden = 33, Heads = 4 }));
        Assert.Contains("hidden = 33, heads = 4: hidden must be a multiple of heads.", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void New_SeveralProblems_AllAreNamed()
    {
        var refused = Assert.Throws<ArgumentException>(() => new PartitionTransformer(Partition with { Registers = 3, MlpRatio = 0 }));
        Assert.Contains("registers = 3", refused.Message, StringComparison.Ordinal);
        Assert.Contains("mlpRatio = 0", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Loss_SingleRegister_IsRefused()
    {
        using var scope = NewDisposeScope();
        var model = new PartitionTransformer(Partition with { Registers = 1 });
        var refused = Assert.Throws<InvalidOperationException>(
            () => model.Loss(zeros([1, 5], dtype: int64), zeros([1, 5], dtype: @bool), zeros(1, dtype: int64), null));
        Assert.Contains("registers = 1", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void New_OtherModelsSettingsHaveProblems_AreRefused()
    {
        Assert.Contains(
            "projection = 3", Assert.Throws<ArgumentException>(() => new MaskGitTransformer(MaskGit with { Projection = 3 })).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "normGroups = 3", Assert.Throws<ArgumentException>(() => new VqTokenizer(Vq with { NormGroups = 3 })).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "pooling = 'min'", Assert.Throws<ArgumentException>(() => new ImageClassifier(Classifier with { Pooling = "min" })).Message,
            StringComparison.Ordinal);
    }

    /// <summary>A label that equals the number of classes would train as "label dropped".</summary>
    [Theory]
    [InlineData("pgm", 2), InlineData("pgm", -1), InlineData("maskgit", 2), InlineData("classifier", 2)]
    public void Loss_LabelOutOfRange_IsRefusedNamingValueAndRange(string kind, long label)
    {
        using var scope = NewDisposeScope();
        var labels = tensor(new[] { 0, label });
        var refused = Assert.Throws<ArgumentException>(() => kind switch
        {
            "pgm" => new PartitionTransformer(Partition).Loss(zeros([2, 5], dtype: int64), zeros([2, 5], dtype: @bool), labels, null),
            "maskgit" => new MaskGitTransformer(MaskGit).Loss(zeros([2, 2, 2], dtype: int64), ones([2, 2, 2], dtype: @bool), labels, null),
            _ => new ImageClassifier(Classifier).Loss(zeros(2, 3, 8, 8), labels, null),
        });
        Assert.Contains($"label {label} is out of range, it must be 0 to 1", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LossAndDecode_TokenOutOfRange_AreRefusedNamingValueAndRange()
    {
        using var scope = NewDisposeScope();
        var labels = zeros(1, dtype: int64);
        var codes = tensor(new long[] { 0, 1, 12, 2 }, [1, 2, 2]);
        string Message(Func<Tensor> call) => Assert.Throws<ArgumentException>(call).Message;
        var tokens = cat([full([1, 1], Partition.BosId, dtype: int64), codes.flatten(1)], 1);
        Assert.Contains(
            "token 12 is out of range, it must be 0 to 9",
            Message(() => new PartitionTransformer(Partition).Loss(tokens, zeros([1, 5], dtype: @bool), labels, null)),
            StringComparison.Ordinal);
        Assert.Contains(
            "token 12 is out of range, it must be 0 to 8",
            Message(() => new MaskGitTransformer(MaskGit).Loss(codes, zeros([1, 2, 2], dtype: @bool), labels, null)),
            StringComparison.Ordinal);
        Assert.Contains(
            "code 12 is out of range, it must be 0 to 7", Message(() => new VqTokenizer(Vq).Decode(codes)), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Save_Loaded_GivesTheSameModel(string kind)
    {
        using var scope = NewDisposeScope();
        var path = Path.Combine(Path.GetTempPath(), $"pgm-{Guid.NewGuid():N}.safetensors");
        try
        {
            WeightsFile.Save(StateDict.Of(Model(kind, 3)), path, new Dictionary<string, string> { ["kind"] = kind });
            var loaded = StateDict.Of(Model(kind, null));
            using var file = SafetensorsFile.Open(path);
            WeightsFile.Load(loaded, file);
            Assert.Equal(StateDict.Of(Model(kind, 3)).Sha256(), loaded.Sha256());
            Assert.Equal(kind, file.Metadata["kind"]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static nn.Module Model(string kind, long? seed) => kind switch
    {
        "pgm" => new PartitionTransformer(Partition, seed),
        "maskgit" => new MaskGitTransformer(MaskGit, seed),
        "tokenizer" => new VqTokenizer(Vq, seed),
        _ => new ImageClassifier(Classifier, seed),
    };

    private static (nn.Module Model, Func<Tensor> Loss) Task(string kind)
    {
        var labels = tensor(new long[] { 0, 1 });
        var codes = tensor(new long[] { 0, 1, 2, 3, 7, 6, 5, 4 }, [2, 4]);
        using var generator = new Generator(1, CPU);
        var images = rand([2, 3, 8, 8], dtype: float32, generator: generator) - 0.5;
        switch (kind)
        {
            case "pgm":
                var partition = new PartitionTransformer(Partition);
                var groups = tensor(new[] { false, true, false, true, false, false, true, false, true, false }, [2, 5]);
                var tokens = cat([full([2, 1], Partition.BosId, dtype: int64), codes], 1);
                return (partition, () => partition.Loss(tokens, groups, labels, null));
            case "maskgit":
                var maskGit = new MaskGitTransformer(MaskGit);
                return (maskGit, () => maskGit.Loss(codes.view(2, 2, 2), ones([2, 2, 2], dtype: @bool), labels, null));
            case "tokenizer":
                var tokenizer = new VqTokenizer(Vq);
                return (tokenizer, () => tokenizer.Loss(images).Total);
            default:
                var classifier = new ImageClassifier(Classifier);
                return (classifier, () => classifier.Loss(images, labels, null));
        }
    }
}

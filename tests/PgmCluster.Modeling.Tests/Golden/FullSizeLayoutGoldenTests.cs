using PgmCluster.Modeling.MaskGit;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Tokenizer;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Golden;

/// <summary>The published models' sizes: state-dict names, shapes, order and parameter counts equal the reference's.</summary>
[Trait("Category", "Golden")]
public class FullSizeLayoutGoldenTests
{
    private const int Classes = 1000, Side = 32, Codebook = 16384;

    public static TheoryData<string> Names() => ["vq8", "vq16", "pgm_large_12_12", "pgm_large_14_10", "maskgit_large"];

    [Theory, MemberData(nameof(Names))]
    public void StateDict_FullSize_HasTheReferencesNamesShapesAndCount(string name)
    {
        var layout = GoldenFiles.Json($"fullsize_layouts/{name}.json");
        using var model = Create(name);

        var state = StateDict.Of(model);

        Assert.Equal(
            layout.GetProperty("state").EnumerateArray().Select(e => Line(e.GetProperty("name").GetString()!, e.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64()))),
            state.Entries.Select(e => Line(e.Name, e.Tensor.shape)));
        Assert.Equal(layout.GetProperty("parameters").GetInt64(), state.Parameters.Sum(p => p.Tensor.numel()));
    }

    private static string Line(string name, IEnumerable<long> shape) => $"{name} [{string.Join(',', shape)}]";

    private static nn.Module Create(string name) => name switch
    {
        "vq8" => new VqTokenizer(new VqSettings { Channels = 128, ChannelMultipliers = [1, 2, 2, 4], LatentChannels = 256, Codebook = Codebook }),
        "vq16" => new VqTokenizer(new VqSettings { Channels = 128, ChannelMultipliers = [1, 1, 2, 2, 4], LatentChannels = 256, Codebook = Codebook }),
        "pgm_large_12_12" => new PartitionTransformer(new PartitionTransformerSettings { Codebook = Codebook, Tokens = Side * Side, Classes = Classes }),
        "pgm_large_14_10" => new PartitionTransformer(
            new PartitionTransformerSettings { Codebook = Codebook, Tokens = Side * Side, Classes = Classes, EncoderBlocks = 14, DecoderBlocks = 10 }),
        "maskgit_large" => new MaskGitTransformer(new MaskGitSettings { Codebook = Codebook, Height = Side, Width = Side, Classes = Classes }),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    };
}

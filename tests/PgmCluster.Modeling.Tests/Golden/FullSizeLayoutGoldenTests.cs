using System.Text.Json;
using PgmCluster.Modeling.MaskGit;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Tokenizer;
using PgmCluster.Modeling.Weights;
using PgmCluster.TestSupport;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Golden;

/// <summary>
/// The published models' sizes: state-dict names, shapes, order and parameter counts equal the reference's. The files hold no settings, so
/// these are read from a few of the shapes.
/// </summary>
[Trait("Category", "Golden")]
public class FullSizeLayoutGoldenTests
{
    public static TheoryData<string> Names()
    {
        const string Ending = ".json";
        var data = new TheoryData<string>();
        foreach (var file in GoldenData.Files("fullsize_layouts").Where(f => f.EndsWith(Ending, StringComparison.Ordinal))) data.Add(file[..^Ending.Length]);
        if (data.Count == 0) data.Add("(none)");
        return data;
    }

    [Theory, MemberData(nameof(Names))]
    public void StateDict_FullSize_HasTheReferencesNamesShapesAndCount(string name)
    {
        var layout = GoldenFiles.Json($"fullsize_layouts/{name}.json");
        var expected = layout.GetProperty("state").EnumerateArray().Select(e => (Name: e.GetProperty("name").GetString()!, Shape: Shape(e))).ToArray();
        using var model = Create(expected.ToDictionary(e => e.Name, e => e.Shape));

        var state = StateDict.Of(model);

        Assert.Equal(expected.Select(e => Line(e.Name, e.Shape)), state.Entries.Select(e => Line(e.Name, e.Tensor.shape.Select(d => (int)d))));
        Assert.Equal(layout.GetProperty("parameters").GetInt64(), state.Parameters.Sum(p => p.Tensor.numel()));
    }

    private static int[] Shape(JsonElement entry) => [.. entry.GetProperty("shape").EnumerateArray().Select(d => d.GetInt32())];

    private static string Line(string name, IEnumerable<int> shape) => $"{name} [{string.Join(',', shape)}]";

    private static nn.Module Create(Dictionary<string, int[]> shapes)
    {
        if (shapes.ContainsKey("vocab_embed.embedding")) return new PartitionTransformer(Partition(shapes), seed: null);
        return shapes.ContainsKey("tok_emb.weight") ? new MaskGitTransformer(MaskGit(shapes), seed: null) : new VqTokenizer(Vq(shapes), seed: null);
    }

    private static PartitionTransformerSettings Partition(Dictionary<string, int[]> shapes)
    {
        var hidden = shapes["vocab_embed.embedding"][1];
        return new PartitionTransformerSettings
        {
            Codebook = shapes["vocab_embed.embedding"][0] - 2,
            // Positions are computed: their number shows in no shape.
            Tokens = 32 * 32,
            Classes = shapes["cls_embed.embedding_table.weight"][0] - 1,
            Hidden = hidden,
            Heads = hidden / (2 * shapes["rotary_emb.inv_freq"][0]),
            MlpRatio = shapes["encoder.blocks.0.mlp.0.weight"][0] / hidden,
            EncoderBlocks = Count(shapes, "encoder.blocks.{0}.attn_out.weight"),
            DecoderBlocks = Count(shapes, "decoder.layers.{0}.attn_out.weight"),
            Registers = Rows(shapes, "reg_tokens.weight"),
        };
    }

    private static MaskGitSettings MaskGit(Dictionary<string, int[]> shapes)
    {
        var (hidden, side) = (shapes["tok_emb.weight"][1], (int)Math.Sqrt(shapes["pos_emb.weight"][0]));
        var settings = new MaskGitSettings
        {
            Codebook = shapes["tok_emb.weight"][0] - 1,
            Height = side,
            Width = side,
            Classes = shapes["cls_emb.weight"][0] - 1,
            Hidden = hidden,
            Depth = Count(shapes, "transformer.layers.{0}.attn.wq.weight"),
            // Of the heads, only the width of all together shows.
            Heads = Enumerable.Range(1, hidden).First(h => h * (hidden / h) == shapes["transformer.layers.0.attn.wq.weight"][0]),
            Registers = Rows(shapes, "reg_tokens.weight"),
        };
        return settings with { MlpRatio = Enumerable.Range(1, 64).First(r => (settings with { MlpRatio = r }).SwiGluWidth == shapes["transformer.layers.0.ff.w1.weight"][0]) };
    }

    private static VqSettings Vq(Dictionary<string, int[]> shapes)
    {
        var channels = shapes["encoder.conv_in.weight"][0];
        return new VqSettings
        {
            Channels = channels,
            ChannelMultipliers = [.. Enumerable.Range(0, Count(shapes, "encoder.conv_blocks.{0}.res.0.conv1.weight")).Select(i => shapes[$"encoder.conv_blocks.{i}.res.0.conv1.weight"][0] / channels)],
            ResidualBlocks = Count(shapes, "encoder.conv_blocks.0.res.{0}.conv1.weight"),
            LatentChannels = shapes["quant_conv.weight"][1],
            CodeWidth = shapes["quant_conv.weight"][0],
            Codebook = shapes["quantize.embedding.weight"][0],
        };
    }

    private static int Rows(Dictionary<string, int[]> shapes, string name) => shapes.TryGetValue(name, out var shape) ? shape[0] : 0;

    /// <summary>How many names of this form there are, numbered from 0.</summary>
    private static int Count(Dictionary<string, int[]> shapes, string form) =>
        Enumerable.Range(0, shapes.Count).TakeWhile(i => shapes.ContainsKey(string.Format(System.Globalization.CultureInfo.InvariantCulture, form, i))).Count();
}

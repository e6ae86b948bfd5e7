using System.Globalization;
using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.MaskGit;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Tokenizer;

namespace PgmCluster.Modeling.Tests.Golden;

/// <summary>Settings read back from the shapes of a state dict, by name, for files that hold nothing else.</summary>
internal static class ShapeSettings
{
    private const string LinearQuery = "decoder.group_swap.query_processor.weight",
        MlpQuery = "decoder.group_swap.query_processor.0.weight";

    /// <param name="shapes">Of the state dict.</param>
    /// <param name="tokens">Positions are computed: their number shows in no shape.</param>
    public static PartitionTransformerSettings Partition(IReadOnlyDictionary<string, int[]> shapes, int tokens)
    {
        var hidden = shapes["vocab_embed.embedding"][1];
        var decoder = Count(shapes, "decoder.layers.{0}.attn_out.weight");
        var isCross = Enumerable.Range(0, decoder).Select(i => shapes.ContainsKey($"decoder.layers.{i}.attn_kv.weight")).ToArray();
        var settings = new PartitionTransformerSettings
        {
            Codebook = shapes["vocab_embed.embedding"][0] - 2,
            Tokens = tokens,
            Classes = shapes["cls_embed.embedding_table.weight"][0] - 1,
            Hidden = hidden,
            Heads = hidden / (2 * shapes["rotary_emb.inv_freq"][0]),
            // Without blocks no width shows, and none matters.
            MlpRatio = (shapes.GetValueOrDefault("encoder.blocks.0.mlp.0.weight") ?? shapes.GetValueOrDefault(
                "decoder.layers.0.mlp.0.weight"))?[0] / hidden ?? 4,
            EncoderBlocks = Count(shapes, "encoder.blocks.{0}.attn_out.weight"),
            DecoderBlocks = decoder,
            Registers = Rows(shapes, "reg_tokens.weight"),
            QueryProcess = shapes.ContainsKey(MlpQuery) ? "mlp4" : shapes
                .ContainsKey(LinearQuery) ? "linear" : throw new InvalidDataException($"neither {LinearQuery} nor {MlpQuery} is there"),
            QueryNorm = shapes.ContainsKey("decoder.group_swap.pre_query_norm.bias") ? "layernorm" : "rmsnorm",
        };
        // Which layers cross shows; which of the names that make them so was meant does not matter.
        return Layouts(decoder).Select(l => settings with { DecoderLayout = l.Name, SelfAttentionFirst = l.SelfFirst })
            .First(s => DecoderLayouts.TryParse(s, out var crossing, out _) && crossing.SequenceEqual(isCross));
    }

    public static MaskGitSettings MaskGit(IReadOnlyDictionary<string, int[]> shapes)
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
            // A projection folds P x P positions into one by a convolution of that size, and there is none for 1.
            Projection = shapes.GetValueOrDefault("in_proj.weight")?[^1] ?? 1,
        };
        return settings with
        {
            MlpRatio = Enumerable.Range(1, 64).First(
            r => (settings with { MlpRatio = r }).SwiGluWidth == shapes["transformer.layers.0.ff.w1.weight"][0])
        };
    }

    public static VqSettings Vq(IReadOnlyDictionary<string, int[]> shapes)
    {
        var channels = shapes["encoder.conv_in.weight"][0];
        return new VqSettings
        {
            Channels = channels,
            ChannelMultipliers = [.. Enumerable.Range(0,
                Count(shapes, "encoder.conv_blocks.{0}.res.0.conv1.weight")).Select(
                    i => shapes[$"encoder.conv_blocks.{i}.res.0.conv1.weight"][0] / channels)],
            ResidualBlocks = Count(shapes, "encoder.conv_blocks.0.res.{0}.conv1.weight"),
            LatentChannels = shapes["quant_conv.weight"][1],
            CodeWidth = shapes["quant_conv.weight"][0],
            Codebook = shapes["quantize.embedding.weight"][0],
        };
    }

    private static IEnumerable<(string Name, bool SelfFirst)> Layouts(int layers)
    {
        yield return ("cross-only", false);
        for (var first = 0; first < 2; first++)
        {
            yield return ("interleave", first == 1);
            for (var k = 1; k <= layers; k++)
            {
                foreach (var name in new[] { "interleave-{0}-cross", "interleave-{0}-self", "{0}-cross-first" })
                    yield return (string.Format(CultureInfo.InvariantCulture, name, k), first == 1);
            }
        }
    }

    private static int Rows(IReadOnlyDictionary<string, int[]> shapes, string name) =>
        shapes.TryGetValue(name, out var shape) ? shape[0] : 0;

    /// <summary>How many names of this form there are, numbered from 0.</summary>
    private static int Count(IReadOnlyDictionary<string, int[]> shapes, string form) =>
        Enumerable.Range(0, shapes.Count).TakeWhile(i => shapes.ContainsKey(string.Format(CultureInfo.InvariantCulture, form, i))).Count();
}

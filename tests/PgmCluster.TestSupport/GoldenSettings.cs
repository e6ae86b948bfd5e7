using System.Globalization;
using System.Text.Json;

namespace PgmCluster.TestSupport;

/// <summary>The golden data's configuration files as settings of a specification, "model.hidden" and the like.</summary>
public static class GoldenSettings
{
    /// <summary>
    /// A partition transformer's, without what a checkpoint's shapes show (codebook and classes); none where the file is missing.
    /// </summary>
    public static Dictionary<string, string> Partition(string relativePath)
    {
        var settings = new Dictionary<string, string>();
        if (!GoldenData.TryFind(relativePath, out var path)) return settings;
        using var json = JsonDocument.Parse(File.ReadAllText(path));
        var (config, model) = (json.RootElement, json.RootElement.GetProperty("model"));
        var (encoder, decoder, swap) = (model.GetProperty("encoder"), model.GetProperty("decoder"), model.GetProperty("swap"));
        // The file has the number of tokens alone; any grid of as many will do.
        var tokens = model.GetProperty("length").GetInt32() - 1;
        var height = Enumerable.Range(1, (int)Math.Sqrt(tokens)).Last(h => tokens % h == 0);
        settings["data.height"] = height.ToString(CultureInfo.InvariantCulture);
        settings["data.width"] = (tokens / height).ToString(CultureInfo.InvariantCulture);
        settings["model.hidden"] = Text(model, "hidden_size");
        settings["model.heads"] = Text(model, "n_heads");
        settings["model.mlpRatio"] = model.GetProperty("mlp_ratio").GetDouble().ToString(CultureInfo.InvariantCulture);
        settings["model.registers"] = Text(config, "register");
        settings["model.encoderBlocks"] = Text(encoder, "n_blocks");
        settings["model.decoderBlocks"] = Text(decoder, "n_blocks");
        settings["model.decoderLayout"] = Text(decoder, "mode");
        settings["model.selfAttentionFirst"] = Text(decoder, "self_attn_first");
        settings["model.preQuery"] = Text(swap, "pre_query_mode");
        settings["model.queryProcess"] = Text(swap, "query_process_mode");
        settings["model.queryNorm"] = Text(swap, "normalize_mode");
        return settings;
    }

    private static string Text(JsonElement of, string name) =>
        of.GetProperty(name) is var value && value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
}

using System.Text.Json;
using PgmCluster.Modeling.Tokenizer;

namespace PgmCluster.Modeling.Tests.Golden;

/// <summary>
/// Settings from the golden data's configuration files. What a file does not say is as in the README: VQ-8, 8 wide entries.
/// </summary>
internal static class VqConfig
{
    public static VqSettings Read(JsonElement config)
    {
        int Int(int otherwise, params string[] names)
        {
            foreach (var name in names)
                if (config.TryGetProperty(name, out var value)) return value.GetInt32();
            return otherwise;
        }
        double Double(string name, double otherwise) => config.TryGetProperty(name, out var value) ? value.GetDouble() : otherwise;
        var published = new VqSettings();
        return new VqSettings
        {
            Channels = config.GetProperty("ch").GetInt32(),
            ChannelMultipliers = config.TryGetProperty("ch_mult", out var multipliers)
                ? [.. multipliers.EnumerateArray().Select(m => m.GetInt32())]
                : published.ChannelMultipliers,
            LatentChannels = config.GetProperty("z_channels").GetInt32(),
            Codebook = Int(published.Codebook, "codebook_size", "codebook"),
            CodeWidth = Int(published.CodeWidth, "codebook_embed_dim", "embed"),
            ResidualBlocks = Int(published.ResidualBlocks, "num_res_blocks"),
            CommitWeight = Double("commit_beta", 0.25),
            EntropyWeight = Double("entropy_loss_ratio", 0.1),
        };
    }
}

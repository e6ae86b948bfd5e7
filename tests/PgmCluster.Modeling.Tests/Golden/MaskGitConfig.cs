using System.Text.Json;
using PgmCluster.Modeling.MaskGit;

namespace PgmCluster.Modeling.Tests.Golden;

/// <summary>Settings from the golden data's configuration files.</summary>
internal static class MaskGitConfig
{
    public static MaskGitSettings Read(JsonElement config)
    {
        var settings = new MaskGitSettings
        {
            Codebook = config.GetProperty("codebook_size").GetInt32(),
            Height = config.GetProperty("input_size").GetInt32(),
            Width = config.GetProperty("input_size").GetInt32(),
            Classes = config.GetProperty("nclass").GetInt32(),
            Hidden = config.GetProperty("hidden_dim").GetInt32(),
            Depth = config.GetProperty("depth").GetInt32(),
            Heads = config.GetProperty("heads").GetInt32(),
            Registers = config.GetProperty("register").GetInt32(),
            Projection = config.GetProperty("proj").GetInt32(),
            Dropout = config.GetProperty("dropout").GetDouble(),
        };
        // The file has a width; the settings have a multiple of the model's, of which only the rounded inner width matters.
        var mlp = config.GetProperty("mlp_dim").GetInt32();
        var inner = (2 * mlp / 3 + 255) / 256 * 256;
        return settings with { MlpRatio = Enumerable.Range(1, mlp).First(r => (settings with { MlpRatio = r }).SwiGluWidth == inner) };
    }
}

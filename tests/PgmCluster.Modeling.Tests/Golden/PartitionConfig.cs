using System.Text.Json;
using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Partition;

namespace PgmCluster.Modeling.Tests.Golden;

/// <summary>Settings from the public code's configuration files.</summary>
internal static class PartitionConfig
{
    public static PartitionTransformerSettings Read(JsonElement config)
    {
        var model = config.GetProperty("model");
        return new PartitionTransformerSettings
        {
            Codebook = config.GetProperty("codebook_size").GetInt32(),
            Tokens = model.GetProperty("length").GetInt32() - 1,
            Classes = model.GetProperty("n_class").GetInt32(),
            Hidden = model.GetProperty("hidden_size").GetInt32(),
            Heads = model.GetProperty("n_heads").GetInt32(),
            MlpRatio = (int)model.GetProperty("mlp_ratio").GetDouble(),
            EncoderBlocks = model.GetProperty("encoder").GetProperty("n_blocks").GetInt32(),
            DecoderBlocks = model.GetProperty("decoder").GetProperty("n_blocks").GetInt32(),
            DecoderLayout = model.GetProperty("decoder").GetProperty("mode").GetString()!,
            SelfAttentionFirst = model.GetProperty("decoder").GetProperty("self_attn_first").GetBoolean(),
            PreQuery = model.GetProperty("swap").GetProperty("pre_query_mode").GetString()!,
            QueryProcess = model.GetProperty("swap").GetProperty("query_process_mode").GetString()!,
            QueryNorm = model.GetProperty("swap").GetProperty("normalize_mode").GetString()!,
            Registers = config.GetProperty("register").GetInt32(),
            Dropout = 0,
            CompatReference = true,
        };
    }
}

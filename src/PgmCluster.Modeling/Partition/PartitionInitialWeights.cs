using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Partition;

/// <summary>How a partition transformer's weights begin.</summary>
internal static class PartitionInitialWeights
{
    /// <param name="name">Of the weight, as in files.</param>
    /// <param name="tensor">The weight.</param>
    public static InitialWeight? Of(string name, Tensor tensor) => name switch
    {
        // Every block begins as the identity and the logits at 0 (paper's adaLN-zero).
        _ when name.Contains("adaLN_modulation", StringComparison.Ordinal) => InitialWeight.Zero,
        "output_layer.linear.weight" => InitialWeight.Zero,
        "vocab_embed.embedding" or "cls_embed.embedding_table.weight" or "reg_tokens.weight" or "decoder.group_swap.base_embedding" => InitialWeight.SmallNormal,
        _ when tensor.shape.Length > 1 => InitialWeight.FanIn,
        _ when name.Contains("norm", StringComparison.Ordinal) && name.EndsWith("weight", StringComparison.Ordinal) => InitialWeight.One,
        _ => InitialWeight.Zero,
    };
}

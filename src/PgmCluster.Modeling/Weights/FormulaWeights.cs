using static TorchSharp.torch;

namespace PgmCluster.Modeling.Weights;

/// <summary>
/// Weights without files: a formula of tensor number p and element index i, with which numbers to compare with were recorded.
/// </summary>
public static class FormulaWeights
{
    private static readonly string[] EmbeddingLike =
    [
        "vocab_embed.embedding", "embedding_table.weight", "base_embedding", "reg_tokens.weight", "cls_emb.weight", "tok_emb.weight",
        "pos_emb.weight", "quantize.embedding.weight",
    ];

    private static readonly string[] Kept = ["inv_freq", "codebook_used", "num_batches_tracked"];

    /// <param name="state">Of the model to fill; buffers that count or are computed stay as they are.</param>
    /// <param name="gain">Amplitude of a layer's weights, over the root of its inputs.</param>
    /// <param name="phase">Added to every sine's argument.</param>
    public static void Fill(StateDict state, double gain, double phase)
    {
        using var _ = no_grad();
        for (var p = 0; p < state.Entries.Count; p++)
        {
            var (name, tensor, _) = state.Entries[p];
            bool EndsIn(string ending) => name.EndsWith(ending, StringComparison.Ordinal);
            if (Kept.Any(EndsIn)) continue;
            var count = tensor.numel();
            var (offset, amplitude) = tensor.shape.Length >= 2
                ? (0.0, EmbeddingLike.Any(EndsIn) ? 0.5 : gain / Math.Sqrt(count / tensor.shape[0]))
                : (EndsIn(".weight") || EndsIn("running_var") ? 1.0 : 0.0, 0.1);
            var values = new float[count];
            for (long i = 0; i < count; i++)
            {
                var q = i * i % 65521;
                values[i] = (float)(offset + amplitude * Math.Sin(0.7 * i + (0.3 * p + phase) + 0.05 * q));
            }
            using var source = TorchSharp.torch.tensor(values, tensor.shape, device: CPU);
            tensor.copy_(source);
        }
    }
}

using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Partition;

namespace PgmCluster.Execution.Footprints;

/// <summary>Of partition transformers.</summary>
internal static class PartitionFootprint
{
    /// <param name="s">The model's shape.</param>
    /// <param name="batch">Images of a micro-batch.</param>
    /// <param name="recompute">Only the blocks' inputs are kept.</param>
    public static ModelFootprint Of(PartitionTransformerSettings s, long batch, bool recompute)
    {
        // A block that is computed again, with its gradients. Logits, their log-softmax and their gradient, for a block of positions.
        var logits = 3 * Math.Min(batch * s.Tokens * s.Vocabulary, RowBlocks.ElementsOnCpu);
        var (kept, block) = Kept(s, recompute);
        return new ModelFootprint(Parameters(s), batch * kept, Math.Max(logits, batch * block)) { Operations = batch * Operations(s) };
    }

    /// <summary>Of an image. Each group attends to itself: half of all pairs.</summary>
    private static double Operations(PartitionTransformerSettings s)
    {
        double h = s.Hidden, t = s.Length + s.Registers, q = s.Tokens, mlp = 2.0 * s.MlpRatio * h * h;
        var self = 2 * t * (4 * h * h + mlp) + 2 * t * t * h + 12 * h * h;
        var cross = 2 * q * (2 * h * h + mlp) + 4 * t * h * h + 2 * q * t * h + 12 * h * h;
        return s.EncoderBlocks * self + s.DecoderBlocks * cross - 4 * Spared(s) * t * h * h + 2 * q * (3 * h * h + h * s.Vocabulary);
    }

    private static long Parameters(PartitionTransformerSettings s)
    {
        long h = s.Hidden, inner = s.MlpRatio * h, mlp = 2 * h * inner + inner + h, adaLn = 6 * h * h + 6 * h;
        long cross = CrossBlocks(s), self = s.DecoderBlocks - cross;
        // Norms: 2 in a self-attention block, 3 in one with cross-attention.
        var block = 4 * h * h + mlp + adaLn;
        var query = (s.QueryNorm == "rmsnorm" ? h : 2 * h) + (s.QueryProcess == "mlp4" ? 8 * h * h + 5 * h : h * h + h);
        var swap = h + query + 2 * h * h + 2 * h + h * h + h;
        var output = h + h * s.Vocabulary + s.Vocabulary + 2 * h * h + 2 * h;
        return (s.Vocabulary + s.Classes + 1 + s.Registers) * h
            + (s.EncoderBlocks + self) * (block + 2 * h) + cross * (block + 3 * h) - Spared(s) * (2 * h * h + h) + swap + output;
    }

    private static long CrossBlocks(PartitionTransformerSettings s) =>
        DecoderLayouts.TryParse(s, out var isCross, out _) ? isCross.Count(c => c) : s.DecoderBlocks;

    /// <summary>Projections to keys and values that blocks do without, as they share one.</summary>
    private static long Spared(PartitionTransformerSettings s) => s.SharesCrossKeyValues ? Math.Max(0, CrossBlocks(s) - 1) : 0;

    /// <summary>Per image, kept and of one block. Letters: T positions of the encoder, Q of the decoder.</summary>
    private static (long Kept, long Block) Kept(PartitionTransformerSettings s, bool recompute)
    {
        long h = s.Hidden, t = s.Length + s.Registers, q = s.Tokens, dropout = s.Dropout > 0 ? 2 : 0;
        // Of a block, in widths a position: norms and what they modulate 6, queries, keys, values and their turned copies 5, attention 2,
        // residual
        // branches 2, the MLP before and behind its activation; dropout's masks.
        var self = t * (15 + 2 * s.MlpRatio + dropout) * h;
        var cross = q * (11 + 2 * s.MlpRatio + dropout) * h + t * 4 * h;
        var masks = 2 * t * t;
        var block = Math.Max(self, cross);
        return recompute
            ? ((s.EncoderBlocks * t + (s.DecoderBlocks + 1) * q + (s.SharesCrossKeyValues ? 4 * t : 0)) * h + masks, 2 * block)
            : (s.EncoderBlocks * self + s.DecoderBlocks * cross - Spared(s) * t * 4 * h + q * 8 * h + masks, block / 2);
    }
}

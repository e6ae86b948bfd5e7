using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.MaskGit;

namespace PgmCluster.Execution.Footprints;

/// <summary>Of MaskGIT transformers.</summary>
internal static class MaskGitFootprint
{
    /// <param name="s">The model's shape.</param>
    /// <param name="batch">Images of a micro-batch.</param>
    /// <param name="recompute">Only the blocks' inputs are kept.</param>
    public static ModelFootprint Of(MaskGitSettings s, long batch, bool recompute)
    {
        // A block that is computed again, with its gradients. Logits, their log-softmax and their gradient, for a block of positions.
        var logits = 3 * Math.Min(batch * s.Tokens * s.Vocabulary, RowBlocks.ElementsOnCpu);
        long h = s.Hidden, t = s.Tokens / (s.Projection * s.Projection) + s.Registers;
        // Norms and residual branches 8 widths a position, queries, keys and values with their norms 7, SwiGLU 4; with dropout two more
        // of SwiGLU and
        // of the width.
        var dropping = s.Dropout > 0;
        var block = batch * t * (8 * h + 7 * s.AttentionWidth + (dropping ? 6 : 4) * s.SwiGluWidth + (dropping ? 2 * h : 0));
        // The weights of a block of heads, their masks, products and gradients.
        var weights = dropping ? 6 * Math.Min(batch * s.Heads * t * t, Math.Max(t * t, DropoutAttention.ElementsOnCpu)) : 0;
        var footprint = recompute
            ? new ModelFootprint(Parameters(s), s.Depth * batch * t * h, Math.Max(logits, 2 * block + weights))
            : new ModelFootprint(Parameters(s), s.Depth * block, Math.Max(logits, block / 2 + weights));
        return footprint with { Operations = batch * Operations(s, t) };
    }

    private static double Operations(MaskGitSettings s, long t)
    {
        double h = s.Hidden, folding = s.Projection > 1 ? 8 * h * h * t : 0;
        var block = 2 * t * (4 * h * s.AttentionWidth + 3 * h * s.SwiGluWidth) + 4 * t * t * s.AttentionWidth + 12 * h * h;
        return s.Depth * block + 2 * folding + 2.0 * s.Tokens * (h * h + h * s.Vocabulary);
    }

    private static long Parameters(MaskGitSettings s)
    {
        long h = s.Hidden, block = 6 * h * h + 6 * h + 2 * h + 4 * h * s.AttentionWidth + 3 * h * s.SwiGluWidth;
        var folding = s.Projection > 1 ? 8 * h * h : 0;
        var tables = (s.Vocabulary + s.Tokens + s.Classes + 1 + s.Registers) * h;
        return tables + folding + s.Depth * block + 2 * h + 2 * h * h + 2 * h + s.Vocabulary;
    }
}

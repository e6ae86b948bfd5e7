using PgmCluster.Modeling.MaskGit;
using PgmCluster.Modeling.Partition;

namespace PgmCluster.Execution.Models;

/// <summary>Elements of a generative model's parameters, and of what it keeps of one image for the backward pass, from its settings alone.</summary>
internal static class ModelSizes
{
    public static long Parameters(PartitionTransformerSettings s)
    {
        long h = s.Hidden, inner = s.MlpRatio * h, mlp = 2 * h * inner + inner + h, adaLn = 6 * h * h + 6 * h;
        DecoderLayouts.TryParse(s, out var isCross, out _);
        long cross = isCross?.Count(c => c) ?? s.DecoderBlocks, self = s.DecoderBlocks - cross;
        // Norms: 2 in a self-attention block, 3 in one with cross-attention.
        var block = 4 * h * h + mlp + adaLn;
        var swap = h + (s.QueryNorm == "rmsnorm" ? h : 2 * h) + (s.QueryProcess == "mlp4" ? 8 * h * h + 5 * h : h * h + h) + 2 * h * h + 2 * h + h * h + h;
        var output = h + h * s.Vocabulary + s.Vocabulary + 2 * h * h + 2 * h;
        return (s.Vocabulary + s.Classes + 1 + s.Registers) * h + (s.EncoderBlocks + self) * (block + 2 * h) + cross * (block + 3 * h) + swap + output;
    }

    /// <summary>Per image. Letters: T positions of the encoder, Q of the decoder.</summary>
    public static long Activations(PartitionTransformerSettings s, bool recompute)
    {
        long h = s.Hidden, t = s.Length + s.Registers, q = s.Tokens, dropout = s.Dropout > 0 ? 2 : 0;
        // Of a block, in widths a position: norms and what they modulate 6, queries, keys, values and their turned copies 5, attention 2, residual
        // branches 2, the MLP before and behind its activation; dropout's masks.
        var self = t * (15 + 2 * s.MlpRatio + dropout) * h;
        var cross = q * (11 + 2 * s.MlpRatio + dropout) * h + t * 4 * h;
        var masks = 2 * t * t;
        return recompute
            ? (s.EncoderBlocks * t + (s.DecoderBlocks + 1) * q) * h + Math.Max(self, cross) + masks
            : s.EncoderBlocks * self + s.DecoderBlocks * cross + q * 8 * h + masks;
    }

    public static long Parameters(MaskGitSettings s)
    {
        long h = s.Hidden, block = 6 * h * h + 6 * h + 2 * h + 4 * h * s.AttentionWidth + 3 * h * s.SwiGluWidth;
        var folding = s.Projection > 1 ? 8 * h * h : 0;
        return (s.Vocabulary + s.Tokens + s.Classes + 1 + s.Registers) * h + folding + s.Depth * block + 2 * h + 2 * h * h + 2 * h + s.Vocabulary;
    }

    /// <summary>Per image. Letters: T positions of the transformer.</summary>
    public static long Activations(MaskGitSettings s, bool recompute)
    {
        long h = s.Hidden, t = s.Tokens / (s.Projection * s.Projection) + s.Registers;
        // Norms and residual branches 8 widths a position, queries, keys and values with their norms 7, SwiGLU 4; with dropout two more of SwiGLU and
        // of the width, and once the weights of a block of heads, their masks, products and gradients.
        var dropping = s.Dropout > 0;
        var block = t * (8 * h + 7 * s.AttentionWidth + (dropping ? 6 : 4) * s.SwiGluWidth + (dropping ? 2 * h : 0));
        var weights = dropping ? 6 * Math.Min(s.Heads * t * t, Math.Max(t * t, DropoutAttention.ElementsOnCpu)) : 0;
        return (recompute ? s.Depth * t * h + block : s.Depth * block) + weights;
    }
}

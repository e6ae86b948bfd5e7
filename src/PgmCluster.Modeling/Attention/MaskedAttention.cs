using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Attention;

/// <summary>Scaled dot-product attention under a mask. Letters: B batch, T queries, S keys, h heads, d head width.</summary>
public static class MaskedAttention
{
    /// <param name="q">[B, T, h, d]</param>
    /// <param name="k">[B, S, h, d]</param>
    /// <param name="v">[B, S, h, d]</param>
    /// <param name="mask">Which keys each query sees; null for all.</param>
    /// <returns>[B, T, h*d]; a query without any key gives 0 (and no gradient), never NaN.</returns>
    public static Tensor Attend(Tensor q, Tensor k, Tensor v, AttentionMask? mask)
    {
        Placement.Check(q, k, v, mask?.Bias, mask?.HasKey);
        using var scope = NewDisposeScope();
        var attended = ScaledProducts.Attend(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), mask?.Bias); // [B, h, T, d]
        var merged = attended.transpose(1, 2).flatten(2);
        if (mask?.HasKey is { } hasKey) merged = merged * hasKey;
        return merged.MoveToOuterDisposeScope();
    }
}

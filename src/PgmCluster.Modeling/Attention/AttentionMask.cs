using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Attention;

/// <summary>Which keys each query sees, made once per batch and used by every block.</summary>
/// <param name="Bias">Added to the attention scores, [B, 1, T or 1, S]: 0 where seen, -infinity where not.</param>
/// <param name="HasKey">
/// [B, T, 1]: 0 for queries that see no key at all (their bias is all 0 to avoid NaN); null where there are none such.
/// </param>
public sealed record AttentionMask(Tensor Bias, Tensor? HasKey)
{
    /// <param name="seen">BOOL [B, T or 1, S]</param>
    /// <param name="mayBeEmpty">True where a query may see no key.</param>
    /// <param name="type">Of queries, keys and values.</param>
    public static AttentionMask Of(Tensor seen, bool mayBeEmpty, ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Tensor? hasKey = null;
        if (mayBeEmpty)
        {
            var any = seen.any(-1, keepdim: true); // [B, T, 1]
            hasKey = any.to_type(type).MoveToOuterDisposeScope();
            seen = seen.logical_or(any.logical_not());
        }
        var bias = Elementwise.MaskedFill(zeros(seen.shape, dtype: type, device: seen.device), seen.logical_not(), double.NegativeInfinity);
        return new AttentionMask(bias.unsqueeze(1).MoveToOuterDisposeScope(), hasKey);
    }
}

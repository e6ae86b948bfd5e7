using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Attention;

/// <summary>
/// What makes keys and values of the encoder output for cross-attention: a norm of its own, not modulated, and one product. Each cross
/// block has its own, or all use one: YOCO (arXiv 2405.05254, section 2) shares keys and values in the second half of a decoder so.
/// Letters: B batch, S encoder positions, H width, h heads, d = H/h.
/// </summary>
/// <param name="Norm">Without bias.</param>
/// <param name="Product">[2H, H], keys first, without bias.</param>
/// <param name="Heads">h</param>
internal sealed record CrossKeyValueProjection(LayerNormLayer Norm, LinearLayer Product, int Heads)
{
    /// <summary>Keys, turned, and values: [B, S, h, d] each.</summary>
    /// <param name="encoded">Encoder output, [B, S, H]</param>
    /// <param name="table">Rotary table of its positions.</param>
    public (Tensor Keys, Tensor Values) Of(Tensor encoded, (Tensor Cos, Tensor Sin) table)
    {
        using var scope = NewDisposeScope();
        var kv = Product.Forward(Product.ToComputeType(Norm.Forward(encoded))).unflatten(2, [2 * Heads, -1]); // [B, S, 2h, d]
        var keys = Product.ToComputeType(RotaryEmbedding.Rotate(kv.narrow(2, 0, Heads), table.Cos, table.Sin));
        return (keys.MoveToOuterDisposeScope(), kv.narrow(2, Heads, Heads).MoveToOuterDisposeScope());
    }

    /// <summary>The same as one tensor, [B, S, 2h, d].</summary>
    public Tensor Joined(Tensor encoded, (Tensor Cos, Tensor Sin) table)
    {
        using var scope = NewDisposeScope();
        var (keys, values) = Of(encoded, table);
        return cat([keys, values], 2).MoveToOuterDisposeScope();
    }
}

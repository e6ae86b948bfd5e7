using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Attention;

/// <summary>
/// Scaled dot-product attention by the faster of two ways: libtorch's kernel, which goes through a head's keys in blocks and writes no
/// weights out; or, where oneDNN multiplies float32 and a head is short, three operators over all heads. The kernel makes some products for
/// every head, so small ones that oneDNN spends most of its time on finding the code for them. Letters: B batch, h heads, T queries, S
/// keys, d head width.
/// </summary>
public static class ScaledProducts
{
    /// <summary>Weights of a head up to which they are written out: above, a head's products are large and the kernel is as fast.</summary>
    internal const long LargestHead = 1 << 19;

    /// <summary>
    /// Weights that are written out at a time, 4 MB: they stay in the caches. A graph keeps them, so it has no more than one such block.
    /// </summary>
    public const long Elements = 1 << 20;

    /// <summary>
    /// softmax(q k^T / sqrt(d) + bias) v. Outside libtorch's inference mode sizes alone choose the way: a block that is computed without a
    /// graph and once more with one has the same bits.
    /// </summary>
    /// <param name="q">[B, h, T, d]</param>
    /// <param name="k">[B, h, S, d]</param>
    /// <param name="v">[B, h, S, d]</param>
    /// <param name="bias">[B or 1, 1, T or 1, S], or null.</param>
    /// <returns>[B, h, T, d]</returns>
    public static Tensor Attend(Tensor q, Tensor k, Tensor v, Tensor? bias)
    {
        var head = q.size(2) * k.size(2);
        var isWritten = Float32Products.AreByOneDnn && q.device_type == DeviceType.CPU && q.dtype == ScalarType.Float32
            && head > 0 && head <= LargestHead && (is_inference_mode_enabled() || q.size(0) * q.size(1) * head <= Elements);
        return isWritten
            ? WrittenOut(q, k, v, bias, Elements)
            : nn.functional.scaled_dot_product_attention(q, k, v, bias, p: 0, is_casual: false);
    }

    /// <summary>
    /// Like <see cref="Attend"/>, with the weights of so many images at a time that they have no more than these elements.
    /// </summary>
    internal static Tensor WrittenOut(Tensor q, Tensor k, Tensor v, Tensor? bias, long elements)
    {
        using var scope = NewDisposeScope();
        var (batch, block) = (q.size(0), Math.Max(1, elements / (q.size(1) * q.size(2) * k.size(2))));
        if (batch <= block) return WrittenOut(q, k, v, bias).MoveToOuterDisposeScope();
        return RowBlocks.Joined(batch, block, (first, count) =>
        {
            Tensor Part(Tensor whole) => whole.narrow(0, first, count);
            return WrittenOut(Part(q), Part(k), Part(v), bias is null || bias.size(0) == 1 ? bias : Part(bias));
        }).MoveToOuterDisposeScope();
    }

    private static Tensor WrittenOut(Tensor q, Tensor k, Tensor v, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        var scores = (q * (1 / Math.Sqrt(q.size(3)))).matmul(k.transpose(2, 3));
        // No backward pass needs the scores, only the weights.
        if (bias is not null) scores.add_(bias);
        return scores.softmax(-1).matmul(v).MoveToOuterDisposeScope();
    }
}

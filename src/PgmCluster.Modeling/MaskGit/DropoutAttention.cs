using PgmCluster.Modeling.Randomness;
using TorchSharp;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.MaskGit;

/// <summary>
/// Attention with dropout on its weights. No kernel of libtorch's on a CPU drops within attention, and those on CUDA draw from a
/// generator of their own,
/// whose masks would be others on every device. So the weights are written out, but a block of heads at a time, forward as well as
/// backward, where
/// scores and masks are made again (as FlashAttention does, arXiv 2205.14135): memory of a block instead of all heads of all images, the
/// bits of
/// the whole. Letters: N heads of all images, Q queries, S keys, d head width.
/// </summary>
/// <param name="q">[N, Q, d], in the compute type.</param>
/// <param name="k">[N, d, S], transposed.</param>
/// <param name="v">[N, S, d]</param>
/// <param name="mask">Of N x Q x S elements.</param>
/// <param name="elements">Weights at a time, one head's at least; null for the device's number.</param>
public sealed class DropoutAttention(Tensor q, Tensor k, Tensor v, ReservedMask mask, long? elements = null)
{
    /// <summary>Weights at a time: 4 MB on a CPU, which its caches hold, 128 MB elsewhere.</summary>
    public const long ElementsOnCpu = 1 << 20, ElementsElsewhere = 1 << 25;

    private readonly long _heads = q.shape[0], _queries = q.shape[1], _keys = k.shape[2];

    private long Block =>
        Math.Max(1, (elements ?? (q.device_type == DeviceType.CPU ? ElementsOnCpu : ElementsElsewhere)) / (_queries * _keys));

    /// <summary>All at once, for a graph.</summary>
    /// <param name="q">[N, Q, d]</param>
    /// <param name="k">[N, d, S]</param>
    /// <param name="v">[N, S, d]</param>
    /// <param name="mask">F32 [N, Q, S]</param>
    /// <returns>[N, Q, d], in the type of <paramref name="q"/>.</returns>
    public static Tensor Of(Tensor q, Tensor k, Tensor v, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var weights = (q.bmm(k).to_type(float32) / Math.Sqrt(q.shape[2])).softmax(-1);
        return (weights * mask).to_type(q.dtype).bmm(v).MoveToOuterDisposeScope();
    }

    /// <returns>[N, Q, d], without a graph.</returns>
    public Tensor Forward()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var attended = empty_like(q);
        for (var first = 0L; first < _heads; first += Block)
        {
            using var part = NewDisposeScope();
            var count = Math.Min(Block, _heads - first);
            Tensor Of(Tensor whole) => whole.narrow(0, first, count);
            Of(attended).copy_(DropoutAttention.Of(Of(q), Of(k), Of(v), Mask(first, count)));
        }
        return attended.MoveToOuterDisposeScope();
    }

    /// <param name="gradient">Of <see cref="Forward"/>'s result.</param>
    /// <returns>Those of the three operands.</returns>
    public (Tensor Q, Tensor K, Tensor V) Backward(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        var gradients = (Q: empty_like(q), K: empty_like(k), V: empty_like(v));
        for (var first = 0L; first < _heads; first += Block)
        {
            using var part = NewDisposeScope();
            var count = Math.Min(Block, _heads - first);
            Tensor Leaf(Tensor whole) => whole.detach().narrow(0, first, count).requires_grad_();
            var (ofQ, ofK, ofV) = (Leaf(q), Leaf(k), Leaf(v));
            Of(ofQ, ofK, ofV, Mask(first, count)).backward([gradient.narrow(0, first, count)]);
            gradients.Q.narrow(0, first, count).copy_(ofQ.grad!);
            gradients.K.narrow(0, first, count).copy_(ofK.grad!);
            gradients.V.narrow(0, first, count).copy_(ofV.grad!);
        }
        return (gradients.Q.MoveToOuterDisposeScope(), gradients.K.MoveToOuterDisposeScope(), gradients.V.MoveToOuterDisposeScope());
    }

    private Tensor Mask(long first, long count) => mask.Part(q.device, first * _queries * _keys, count, _queries, _keys);
}

using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Kernels;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Optimization;

/// <summary>
/// Mean cross-entropy over a vocabulary, in blocks of rows: logits, their softmax and their gradient exist for one block at a time. All of
/// them for 16 images of 1,024 tokens and 16,386 ids would be 3 GB.
/// </summary>
public static class TokenLoss
{
    /// <summary>
    /// The loss alone. Where gradients are wanted all rows are one graph, with all their logits; <see cref="Backward"/> has them in blocks.
    /// </summary>
    /// <param name="head">[rows, H] to logits, F32 [rows, V].</param>
    /// <param name="features">[N, H]</param>
    /// <param name="targets">I64 [N]</param>
    /// <param name="vocabulary">V</param>
    /// <param name="elements">Logits at a time; null for the device's number.</param>
    /// <returns>Scalar.</returns>
    public static Tensor Of(Func<Tensor, Tensor> head, Tensor features, Tensor targets, long vocabulary, long? elements = null)
    {
        using var scope = NewDisposeScope();
        var (count, block) = (features.shape[0], RowBlocks.Rows(features, vocabulary, elements));
        // One graph, as tests want it, or nothing to remember.
        if (count <= block || is_grad_enabled()) return nn.functional.cross_entropy(head(features), targets).MoveToOuterDisposeScope();
        var total = zeros([], dtype: float32, device: features.device);
        for (var first = 0L; first < count; first += block)
        {
            using var part = NewDisposeScope();
            var rows = Math.Min(block, count - first);
            total.add_(
                nn.functional.cross_entropy(
                    head(features.narrow(0, first, rows)), targets.narrow(0, first, rows), reduction: nn.Reduction.Sum));
        }
        return total.div_(count).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The loss, after its gradients were added to those of the head's parameters and of whatever the features were made from.
    /// </summary>
    /// <param name="head">[rows, H] to logits, F32 [rows, V].</param>
    /// <param name="features">[N, H]</param>
    /// <param name="targets">I64 [N]</param>
    /// <param name="vocabulary">V</param>
    /// <param name="elements">Logits at a time; null for the device's number.</param>
    /// <returns>Scalar, detached.</returns>
    public static Tensor Backward(Func<Tensor, Tensor> head, Tensor features, Tensor targets, long vocabulary, long? elements = null)
    {
        using var scope = NewDisposeScope();
        var (count, block) = (features.shape[0], RowBlocks.Rows(features, vocabulary, elements));
        if (count <= block)
        {
            var loss = nn.functional.cross_entropy(head(features), targets);
            loss.backward();
            VectorKernels.LetGo();
            return loss.detach().MoveToOuterDisposeScope();
        }
        var total = zeros([], dtype: float32, device: features.device);
        var gradient = empty_like(features);
        for (var first = 0L; first < count; first += block)
        {
            using var part = NewDisposeScope();
            var rows = Math.Min(block, count - first);
            var leaf = features.detach().narrow(0, first, rows).requires_grad_();
            var loss = nn.functional.cross_entropy(head(leaf), targets.narrow(0, first, rows), reduction: nn.Reduction.Sum) / count;
            loss.backward();
            gradient.narrow(0, first, rows).copy_(leaf.grad!);
            total.add_(loss.detach());
        }
        features.backward([gradient]);
        VectorKernels.LetGo();
        return total.MoveToOuterDisposeScope();
    }
}

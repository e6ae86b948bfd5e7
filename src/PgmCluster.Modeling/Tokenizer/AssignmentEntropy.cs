using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tokenizer;

/// <summary>
/// The entropy loss of soft assignments, as LlamaGen has it: mean entropy of the rows' assignments minus the entropy of their mean. Low
/// where each row
/// is sure and all entries are used. Letters: R rows, c code width, N codebook entries.
/// </summary>
internal static class AssignmentEntropy
{
    private const double Temperature = 0.01;
    private const float Epsilon = 1e-5f;

    /// <summary>
    /// The loss. Where R x N numbers are more than a block they exist for a block of rows at a time: a first pass sums the mean
    /// assignment, a second one
    /// takes each block's gradients at once, so that nothing is kept for the backward pass but the gradients of rows and codebook
    /// themselves.
    /// </summary>
    /// <param name="rows">Normalised latents, [R, c].</param>
    /// <param name="codebook">Normalised entries, [N, c].</param>
    /// <param name="elements">Numbers at a time; null for the device's.</param>
    /// <returns>Scalar.</returns>
    public static Tensor Of(Tensor rows, Tensor codebook, long? elements = null)
    {
        using var scope = NewDisposeScope();
        var (count, block) = (rows.shape[0], RowBlocks.Rows(rows, codebook.shape[0], elements));
        if (count <= block)
        {
            var (own, all) = Sums(rows, codebook);
            return (own / count - OfMean(all / count)).MoveToOuterDisposeScope();
        }
        var (sum, mean) = SumsInBlocks(rows, codebook, block);
        mean.div_(count).requires_grad_();
        var ofMean = OfMean(mean);
        var value = sum.div_(count) - ofMean.detach();
        if (!is_grad_enabled()) return value.MoveToOuterDisposeScope();
        ofMean.backward();
        var (gradient, ofCodebook) = Gradients(rows, codebook, mean.grad!, block);
        // A number whose gradients are those, and whose value is 0 before the entropy is added.
        var linear = (rows * gradient).sum() + (codebook * ofCodebook).sum();
        return (linear - linear.detach() + value).MoveToOuterDisposeScope();
    }

    /// <summary>Sums over rows of the entropy of each and of their assignments, [] and [N].</summary>
    private static (Tensor Entropy, Tensor Assignments) Sums(Tensor rows, Tensor codebook)
    {
        using var scope = NewDisposeScope();
        var logits = VectorQuantizer.Distances(rows, codebook) * (-1 / Temperature);
        var p = logits.softmax(-1);
        var entropy = -(p * (logits + Epsilon).log_softmax(-1)).sum();
        return (entropy.MoveToOuterDisposeScope(), p.sum([0L]).MoveToOuterDisposeScope());
    }

    private static Tensor OfMean(Tensor mean)
    {
        using var scope = NewDisposeScope();
        return (-(mean * (mean + Epsilon).log()).sum()).MoveToOuterDisposeScope();
    }

    private static (Tensor Entropy, Tensor Assignments) SumsInBlocks(Tensor rows, Tensor codebook, long block)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var entropy = zeros([], dtype: float32, device: rows.device);
        var assignments = zeros(codebook.shape[0], dtype: float32, device: rows.device);
        for (var first = 0L; first < rows.shape[0]; first += block)
        {
            using var part = NewDisposeScope();
            var (own, all) = Sums(rows.narrow(0, first, Math.Min(block, rows.shape[0] - first)), codebook);
            entropy.add_(own);
            assignments.add_(all);
        }
        return (entropy.MoveToOuterDisposeScope(), assignments.MoveToOuterDisposeScope());
    }

    /// <summary>Gradients of the loss for rows and codebook.</summary>
    /// <param name="rows">[R, c]</param>
    /// <param name="codebook">[N, c]</param>
    /// <param name="ofMean">The gradient of <see cref="OfMean"/>, [N].</param>
    /// <param name="block">Rows at a time.</param>
    private static (Tensor Rows, Tensor Codebook) Gradients(Tensor rows, Tensor codebook, Tensor ofMean, long block)
    {
        using var scope = NewDisposeScope();
        var gradient = zeros_like(rows).detach();
        var entries = codebook.detach().requires_grad_();
        for (var first = 0L; first < rows.shape[0]; first += block)
        {
            using var part = NewDisposeScope();
            var leaf = rows.detach().narrow(0, first, Math.Min(block, rows.shape[0] - first)).requires_grad_();
            var (own, all) = Sums(leaf, entries);
            ((own - (all * ofMean).sum()) / rows.shape[0]).backward();
            gradient.narrow(0, first, leaf.shape[0]).copy_(leaf.grad!);
        }
        return (gradient.MoveToOuterDisposeScope(), entries.grad!.MoveToOuterDisposeScope());
    }
}

using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Sampling;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Likelihood;

/// <summary>
/// How probable a model finds given images: the sum, over the steps of a plan, of the log-probabilities of a step's tokens given those of
/// the steps before. Exact for a sampler that reveals by this plan, without guidance and with a logit scale of 1. Softmax over the codes
/// alone, in float64, as samplers draw. Letters: B batch, n cells, Q cells of a step.
/// </summary>
public static class TokenLikelihood
{
    /// <summary>Of one pass: 32 images of 1,024 tokens fill a device, and their masks and activations are a few gigabytes.</summary>
    private const long TokensAtOnce = 1 << 15;

    /// <summary>Log-probabilities of a batch, in one pass where the model can.</summary>
    /// <param name="model">The model.</param>
    /// <param name="codes">I64 [B, n], raster order, on the model's device.</param>
    /// <param name="labels">I64 [B]</param>
    /// <param name="plan">Order and steps.</param>
    /// <param name="rolls">B numbers, see <see cref="RevealPlan.Cells"/>.</param>
    /// <returns>F64 [B], nats an image.</returns>
    public static Tensor Of(ITokenModel model, Tensor codes, Tensor labels, RevealPlan plan, int[] rolls) =>
        model is IOnePassLikelihood onePass
            ? InOnePass(onePass, codes, plan.Blocks(plan.Cells(rolls, codes.device)), labels)
            : StepByStep(model, codes, labels, plan, rolls);

    /// <summary>The same through the predictor that samplers use.</summary>
    /// <inheritdoc cref="Of"/>
    public static Tensor StepByStep(ITokenModel model, Tensor codes, Tensor labels, RevealPlan plan, int[] rolls)
    {
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        var cells = plan.Cells(rolls, codes.device);                                              // [1 or B, n]
        var total = zeros([codes.shape[0]], dtype: float64, device: codes.device);
        using var predictor = model.Begin(labels, guided: false);
        var known = 0;
        foreach (var count in plan.Counts)
        {
            using var step = NewDisposeScope();
            var asked = cells.narrow(1, known, count);                                            // [1 or B, Q]
            var truth = codes.gather(1, asked.expand(codes.shape[0], -1));                        // [B, Q]
            var features = predictor.Predict(asked, unconditional: false);                        // [B, Q, H]
            total.add_(LogProbabilities(predictor.Logits, features, truth, model.Codebook).sum(1));
            known += count;
            if (known < plan.Tokens) predictor.Extend(truth, asked);
        }
        return total.MoveToOuterDisposeScope();
    }

    /// <summary>The same at once, a few images at a time.</summary>
    /// <param name="model">The model.</param>
    /// <param name="codes">I64 [B, n], raster order, on the model's device.</param>
    /// <param name="blocks">I64 [1 or B, n], raster order: the step that reveals the cell, from 1.</param>
    /// <param name="labels">I64 [B]</param>
    /// <returns>F64 [B], nats an image.</returns>
    public static Tensor InOnePass(IOnePassLikelihood model, Tensor codes, Tensor blocks, Tensor labels)
    {
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        var (batch, most) = (codes.shape[0], Math.Max(1, TokensAtOnce / codes.shape[1]));
        return RowBlocks.Joined(batch, most, (first, count) =>
        {
            var images = codes.narrow(0, first, count);
            var features = model.Features(
                images, blocks.shape[0] == 1 ? blocks : blocks.narrow(0, first, count), labels.narrow(0, first, count));
            return LogProbabilities(model.Logits, features, images, model.Codebook).sum(1);
        }).MoveToOuterDisposeScope();
    }

    /// <summary>Log-probability of each token. The logits of so many rows exist at a time.</summary>
    /// <returns>F64 [B, Q]</returns>
    private static Tensor LogProbabilities(Func<Tensor, int, Tensor> head, Tensor features, Tensor codes, int codebook)
    {
        using var scope = NewDisposeScope();
        var (rows, targets) = (features.flatten(0, 1), codes.reshape(-1, 1));
        // In float64 they are twice as large.
        var (count, block) = (rows.shape[0], RowBlocks.Rows(rows, 2L * codebook));
        return RowBlocks.Joined(count, block, (first, length) =>
        {
            var logits = head(rows.narrow(0, first, length), codebook).to_type(float64);          // [rows, codebook]
            return logits.gather(1, targets.narrow(0, first, length)).squeeze(1) - logits.logsumexp(1);
        }).view(codes.shape).MoveToOuterDisposeScope();
    }
}

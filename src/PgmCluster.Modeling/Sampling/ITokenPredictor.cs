using static TorchSharp.torch;

namespace PgmCluster.Modeling.Sampling;

/// <summary>
/// A model in the midst of drawing a batch: it is told what became known and predicts from that. Whatever need not be computed again is
/// kept from step to step. Letters: B batch, Q asked-for cells, H what the head takes, V vocabulary.
/// </summary>
public interface ITokenPredictor : IDisposable
{
    /// <summary>Takes in what became known since the last call.</summary>
    /// <param name="codes">I64 [B, C]</param>
    /// <param name="cells">
    /// I64 [1 or B, C]: where they are, in raster order; one row where all images have the same. A cell that is known already gets the new
    /// code where <see cref="ITokenModel.ReferenceRedraws"/> says that this happens; other models are told of a cell once.
    /// </param>
    void Extend(Tensor codes, Tensor cells);

    /// <summary>What the head is applied to for the asked-for cells, given the known ones.</summary>
    /// <param name="asked">I64 [1 or B, Q]; null for all cells in raster order.</param>
    /// <param name="unconditional">Predict a second time, as if the labels were dropped.</param>
    /// <returns>F32 [B, Q, H], or [2B, Q, H]: the second half is the unconditional one.</returns>
    Tensor Predict(Tensor? asked, bool unconditional);

    /// <summary>
    /// The head, an affine map: what is true of its inputs' weighted sums (weights that sum to 1) is true of its outputs'.
    /// </summary>
    /// <param name="features">[..., H]</param>
    /// <param name="ids">So many first ids of the vocabulary are wanted.</param>
    /// <returns>F32 [..., ids]</returns>
    Tensor Logits(Tensor features, int ids);
}

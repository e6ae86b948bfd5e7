using static TorchSharp.torch;

namespace PgmCluster.Modeling.Sampling;

/// <summary>A model readied for a batch of classes.</summary>
public interface ITokenPredictor
{
    /// <summary>What the head is applied to for the asked-for cells, given the known ones.</summary>
    /// <param name="state">What is known; its batch is repeated to fill the predictor's (once more for the unconditional half).</param>
    /// <param name="asked">I64 [B, Q]; null for all cells in raster order.</param>
    /// <param name="repeat">How often the state's batch is repeated.</param>
    /// <returns>F32 [repeat x B, Q, H]</returns>
    Tensor Features(RevealState state, Tensor? asked, int repeat);

    /// <summary>
    /// The head, an affine map: what is true of its inputs' weighted sums (weights that sum to 1) is true of its outputs'.
    /// </summary>
    /// <param name="features">[..., H]</param>
    /// <param name="ids">So many first ids of the vocabulary are wanted.</param>
    /// <returns>F32 [..., ids]</returns>
    Tensor Logits(Tensor features, int ids);
}

using static TorchSharp.torch;

namespace PgmCluster.Modeling.Sampling;

/// <summary>A model readied for a batch of classes.</summary>
public interface ITokenPredictor
{
    /// <summary>Logits of the asked-for cells, given the known ones.</summary>
    /// <param name="state">What is known; its batch is repeated to fill the predictor's (once more for the unconditional half).</param>
    /// <param name="asked">I64 [B, Q]; null for all cells in raster order.</param>
    /// <param name="repeat">How often the state's batch is repeated.</param>
    /// <returns>[repeat x B, Q, V]</returns>
    Tensor Predict(RevealState state, Tensor? asked, int repeat);
}

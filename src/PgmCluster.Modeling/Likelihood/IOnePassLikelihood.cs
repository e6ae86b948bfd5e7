using PgmCluster.Modeling.Sampling;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Likelihood;

/// <summary>
/// An <see cref="ITokenModel"/> that predicts the tokens of all steps at once, each from those of the steps before it alone. Letters: B
/// batch, n cells, H what the head takes.
/// </summary>
public interface IOnePassLikelihood
{
    /// <summary>Codes are the first ids of the vocabulary.</summary>
    int Codebook { get; }

    /// <summary>What the head is applied to, for every cell.</summary>
    /// <param name="codes">I64 [B, n], raster order.</param>
    /// <param name="blocks">I64 [1 or B, n], raster order: the step that reveals the cell, from 1.</param>
    /// <param name="labels">I64 [B]</param>
    /// <returns>F32 [B, n, H]</returns>
    Tensor Features(Tensor codes, Tensor blocks, Tensor labels);

    /// <inheritdoc cref="ITokenPredictor.Logits"/>
    Tensor Logits(Tensor features, int ids);
}

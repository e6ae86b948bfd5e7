using static TorchSharp.torch;

namespace PgmCluster.Modeling.Sampling;

/// <summary>Which cells are predicted in a step, and which of the drawn codes are kept.</summary>
internal interface IReveal
{
    /// <summary>The first order of the cells, I64 [B, n].</summary>
    Tensor Order(long batch, SamplerDraws draws);

    /// <summary>True where a step reveals nothing, because there are more steps than cells.</summary>
    bool IsSurplus(int step);

    /// <summary>How many cells a step predicts, and how many become known by it.</summary>
    /// <param name="step">From 0.</param>
    /// <param name="known">Cells known before.</param>
    (int Asked, int Kept) Counts(int step, int known);

    /// <summary>Cells to predict, I64 [B, Q]; null for all in raster order.</summary>
    Tensor? Ask(RevealState state, int step);

    /// <summary>Takes over what was drawn.</summary>
    /// <param name="state">Changed.</param>
    /// <param name="drawn">I64 [B, Q]</param>
    /// <param name="logits">What the softmax was taken of, F64 [B, Q, N].</param>
    /// <param name="step">From 0.</param>
    /// <param name="draws">Random numbers.</param>
    void Accept(RevealState state, Tensor drawn, Tensor logits, int step, SamplerDraws draws);
}

using static TorchSharp.torch;

namespace PgmCluster.Modeling.Sampling;

/// <summary>Which cells are predicted in a step, and which of the drawn codes are kept.</summary>
internal interface IReveal
{
    /// <summary>The first order of the cells, I64 [B, n] on the device.</summary>
    Tensor Order(long batch, SamplerDraws draws, Device device);

    /// <summary>True where all images have the same order in every step.</summary>
    bool HasOneOrder { get; }

    /// <summary>True where <see cref="Accept"/> wants to know how probable the drawn codes are.</summary>
    bool NeedsProbabilities { get; }

    /// <summary>True where a step reveals nothing, because there are more steps than cells.</summary>
    bool IsSurplus(int step);

    /// <summary>How many cells a step predicts, and how many become known by it.</summary>
    /// <param name="step">From 0.</param>
    /// <param name="known">Cells known before.</param>
    (int Asked, int Kept) Counts(int step, int known);

    /// <summary>Cells to predict, I64 [B, Q]; null for all in raster order.</summary>
    Tensor? Ask(RevealState state, int step);

    /// <summary>Uniform numbers for the cells of a step, F64 [B, Q].</summary>
    /// <param name="state">The state as <see cref="Ask"/> saw it.</param>
    /// <param name="asked">From <see cref="Ask"/>.</param>
    /// <param name="step">From 0.</param>
    /// <param name="draws">Random numbers.</param>
    Tensor Uniforms(RevealState state, Tensor? asked, int step, SamplerDraws draws) =>
        draws.Uniforms(step, state.Grid.size(0), asked?.size(1) ?? state.Total);

    /// <summary>Takes over what was drawn.</summary>
    /// <param name="state">Changed.</param>
    /// <param name="drawn">I64 [B, Q]</param>
    /// <param name="logProbabilities">Of the drawn codes, F64 [B, Q]; null unless <see cref="NeedsProbabilities"/>.</param>
    /// <param name="step">From 0.</param>
    /// <param name="draws">Random numbers.</param>
    /// <returns>
    /// What a model has to be told: codes and cells, I64 [B, C] each. They share memory with the state: to be used before the next step.
    /// </returns>
    (Tensor Codes, Tensor Cells) Accept(RevealState state, Tensor drawn, Tensor? logProbabilities, int step, SamplerDraws draws);
}

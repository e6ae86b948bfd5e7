using static TorchSharp.torch;

namespace PgmCluster.Modeling.Sampling;

/// <summary>What a sampler needs of a model. Letters: B batch, Q asked-for cells, V vocabulary (codes first, then special ids).</summary>
public interface ITokenModel
{
    /// <summary>Cells of the grid.</summary>
    int Tokens { get; }

    int Codebook { get; }

    /// <summary>V.</summary>
    int Vocabulary { get; }

    /// <summary>The id of unknown cells in <see cref="RevealState.Grid"/>.</summary>
    int MaskId { get; }

    /// <summary>The id before all tokens, or the mask id where the model has none.</summary>
    int BosId { get; }

    /// <summary>The public code's samplers of this model draw known cells again.</summary>
    bool ReferenceRedraws { get; }

    /// <summary>Readies the model for a batch: whatever depends on the classes alone is computed here, once for all steps.</summary>
    /// <param name="labels">I64 [B]</param>
    /// <param name="dropped">BOOL [B], or null for none.</param>
    ITokenPredictor Condition(Tensor labels, Tensor? dropped);

    /// <summary>
    /// Floating-point operations (a multiply-add counts two) of predicting <paramref name="asked"/> cells of one image when
    /// <paramref name="known"/> are known, one pass.
    /// </summary>
    double Operations(int known, int asked);
}

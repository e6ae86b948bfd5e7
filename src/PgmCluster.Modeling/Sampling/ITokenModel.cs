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

    /// <summary>The id of unknown cells in grids.</summary>
    int MaskId { get; }

    /// <summary>The id before all tokens, or the mask id where the model has none.</summary>
    int BosId { get; }

    /// <summary>The public code's samplers of this model draw known cells again.</summary>
    bool ReferenceRedraws { get; }

    /// <summary>Begins to draw a batch: whatever depends on the classes alone is computed once for all steps.</summary>
    /// <param name="labels">I64 [B]</param>
    /// <param name="guided">Whether any step will ask for the unconditional prediction.</param>
    ITokenPredictor Begin(Tensor labels, bool guided);

    /// <summary>
    /// Floating-point operations (a multiply-add counts two) of predicting <paramref name="asked"/> cells of one image when
    /// <paramref name="known"/> are known, one pass.
    /// </summary>
    double Operations(int known, int asked);

    /// <summary>Those of what stands before all cells, taken in at the beginning. 0 where every prediction begins anew.</summary>
    double BeginOperations => 0;

    /// <summary>
    /// Those of taking in <paramref name="added"/> cells when <paramref name="known"/> are known. 0 where every prediction begins anew.
    /// </summary>
    double ExtendOperations(int known, int added) => 0;

    /// <summary>Memory in bytes that an image needs from step to step, however many it takes; 0 where only its codes are kept.</summary>
    /// <param name="guided">As in <see cref="Begin"/>.</param>
    long KeptBytes(bool guided) => 0;
}

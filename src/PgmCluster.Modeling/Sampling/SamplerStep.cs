using static TorchSharp.torch;

namespace PgmCluster.Modeling.Sampling;

/// <summary>What happened in one step, for tests and traces. The tensors live as long as the call.</summary>
/// <param name="Index">From 0.</param>
/// <param name="KnownCodes">I64 [B, 1 + K]: bos and the tokens known before the step.</param>
/// <param name="KnownCells">I64 [B, K]: where they are.</param>
/// <param name="GridBefore">I64 [B, n]: the grid before the step.</param>
/// <param name="Asked">I64 [B, P]: predicted cells; null for all in raster order.</param>
/// <param name="Conditional">Raw logits [B, P, V].</param>
/// <param name="Unconditional">Raw logits, null where no unconditional pass ran.</param>
/// <param name="ScaledLogits">What the softmax is taken of, F64 [B, P, N].</param>
/// <param name="Drawn">I64 [B, P]</param>
/// <param name="GridAfter">I64 [B, n]: the grid after the step.</param>
public sealed record SamplerStep(
    int Index, Tensor KnownCodes, Tensor KnownCells, Tensor GridBefore, Tensor? Asked, Tensor Conditional, Tensor? Unconditional,
    Tensor ScaledLogits, Tensor Drawn, Tensor GridAfter);

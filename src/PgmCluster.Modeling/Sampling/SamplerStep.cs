using static TorchSharp.torch;

namespace PgmCluster.Modeling.Sampling;

/// <summary>What happened in one step, for tests and traces. The tensors live as long as the call.</summary>
/// <param name="Index">From 0.</param>
/// <param name="Known">I64 [B, K]: tokens given to the model, bos first.</param>
/// <param name="KnownPositions">I64 [B, K]</param>
/// <param name="Asked">I64 [B, P]</param>
/// <param name="Conditional">Raw logits [B, P, V].</param>
/// <param name="Unconditional">Raw logits, null where no unconditional pass ran.</param>
/// <param name="ScaledLogits">What the softmax is taken of, F64 [B, P, codebook].</param>
/// <param name="Drawn">I64 [B, P]</param>
public sealed record SamplerStep(
    int Index, Tensor Known, Tensor KnownPositions, Tensor Asked, Tensor Conditional, Tensor? Unconditional, Tensor ScaledLogits, Tensor Drawn);

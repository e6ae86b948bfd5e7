using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tokenizer;

/// <summary>The tokenizer's training losses for a batch. There are no perceptual and adversarial terms.</summary>
/// <param name="Decoded">[B, 3, S, S], not clamped.</param>
/// <param name="Codes">I64 [B, h, w].</param>
/// <param name="Reconstruction">mean (decoded - x)^2.</param>
/// <param name="Vq">mean (e - sg z)^2.</param>
/// <param name="Commit">weight * mean (sg e - z)^2.</param>
/// <param name="Entropy">weight * entropy term.</param>
/// <param name="Total">Sum of the four.</param>
public sealed record TokenizerLoss(
    Tensor Decoded, Tensor Codes, Tensor Reconstruction, Tensor Vq, Tensor Commit, Tensor Entropy, Tensor Total);

using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tokenizer;

/// <summary>Outcome of quantizing in training mode.</summary>
/// <param name="Values">Straight-through values, [B, c, h, w].</param>
/// <param name="Codes">I64 [B, h, w].</param>
/// <param name="VqLoss">mean (e - sg z)^2.</param>
/// <param name="CommitLoss">weight * mean (sg e - z)^2.</param>
/// <param name="EntropyLoss">weight * entropy term.</param>
public sealed record QuantizedLatents(Tensor Values, Tensor Codes, Tensor VqLoss, Tensor CommitLoss, Tensor EntropyLoss);

using static TorchSharp.torch;

namespace PgmCluster.Execution.Inputs;

/// <summary>A micro-batch of token images with the draws that all kinds of generative model make first.</summary>
/// <param name="Codes">I64 [B, n], raster order.</param>
/// <param name="Labels">I64 [B]</param>
/// <param name="Dropped">BOOL [B]: label replaced by "dropped".</param>
/// <param name="MaskRatios">F32 [B, 1]: share of tokens to be in group 1 (PGM) or hidden (MaskGIT).</param>
/// <param name="Blocks">I64 [B, 1 + n]: when bos and each token are revealed, for block-causal models; else null.</param>
public sealed record TokenBatch(Tensor Codes, Tensor Labels, Tensor Dropped, Tensor MaskRatios, Tensor? Blocks);

using PgmCluster.Data.Tokens;
using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.Masking;
using PgmCluster.Modeling.Randomness;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Models;

/// <summary>A micro-batch of token images with the draws that both kinds of generative model make first.</summary>
/// <param name="Codes">I64 [B, n], raster order.</param>
/// <param name="Labels">I64 [B]</param>
/// <param name="Dropped">BOOL [B]: label replaced by "dropped".</param>
/// <param name="MaskRatios">F32 [B, 1]: share of tokens to be in group 1 (PGM) or hidden (MaskGIT).</param>
public sealed record TokenBatch(Tensor Codes, Tensor Labels, Tensor Dropped, Tensor MaskRatios)
{
    /// <summary>Reads the examples and draws in the public code's order: label drop, then share. What is drawn per token comes next.</summary>
    /// <param name="tokens">The data.</param>
    /// <param name="indices">The examples.</param>
    /// <param name="training">Settings of the draws.</param>
    /// <param name="draws">Of the micro-batch.</param>
    /// <param name="dropLabels">False keeps every label, as in validation.</param>
    /// <param name="device">Where the batch is made.</param>
    public static TokenBatch Draw(
        TokenDataset tokens, ReadOnlySpan<int> indices, TrainingSettings training, RandomStream draws, bool dropLabels, Device device)
    {
        var length = tokens.Codes(indices[0]).Length;
        var (codes, labels) = (new long[indices.Length * length], new long[indices.Length]);
        for (var i = 0; i < indices.Length; i++)
        {
            var image = tokens.Codes(indices[i]);
            for (var j = 0; j < length; j++) codes[i * length + j] = image[j];
            labels[i] = tokens.Label(indices[i]);
        }
        var dropped = draws.Uniform(CPU, indices.Length).lt(dropLabels ? training.LabelDrop : 0).to(device);
        var ratios = training.Masking.MaskRatio(draws.Uniform(CPU, indices.Length)).unsqueeze(1).to(device);
        return new TokenBatch(tensor(codes, [indices.Length, length], device: device), tensor(labels, device: device), dropped, ratios);
    }
}

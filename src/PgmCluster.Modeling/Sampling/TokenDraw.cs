using static TorchSharp.torch;

namespace PgmCluster.Modeling.Sampling;

/// <summary>
/// Draws a step's codes. The logits of so many rows are made at a time, used and forgotten: in float64 those of all rows would be the most
/// memory of a sampler.
/// </summary>
internal static class TokenDraw
{
    /// <summary>
    /// Logits at a time: 32 MB in float64 on a CPU, where more than a cache holds gains nothing, and 1 GB on a GPU, which wants large
    /// operations.
    /// </summary>
    private const long ElementsOnCpu = 1 << 22, ElementsElsewhere = 1 << 27;

    /// <param name="logits">From features [rows, H] to scaled logits, F64 [rows, N].</param>
    /// <param name="features">[B, Q, H]</param>
    /// <param name="uniforms">F64 [B, Q] in [0, 1).</param>
    /// <param name="vocabulary">N, about.</param>
    /// <param name="topK">See <see cref="CategoricalDraw.Draw"/>.</param>
    /// <param name="withProbabilities">Compute the second result.</param>
    /// <returns>I64 [B, Q], and the log-probabilities of what was drawn (before top-k), F64 [B, Q].</returns>
    public static (Tensor Drawn, Tensor? LogProbabilities) Of(
        Func<Tensor, Tensor> logits, Tensor features, Tensor uniforms, int vocabulary, int topK, bool withProbabilities)
    {
        using var scope = NewDisposeScope();
        var (rows, numbers) = (features.flatten(0, 1), uniforms.reshape(-1));
        var elements = features.device_type == TorchSharp.DeviceType.CPU ? ElementsOnCpu : ElementsElsewhere;
        var (count, block) = (rows.shape[0], Math.Max(1, elements / vocabulary));
        var (drawn, probabilities) = (new List<Tensor>(), new List<Tensor>());
        for (var first = 0L; first < count; first += block)
        {
            using var part = NewDisposeScope();
            var length = Math.Min(block, count - first);
            var scaled = logits(rows.narrow(0, first, length));                                  // [rows, N]
            var codes = CategoricalDraw.Draw(scaled, numbers.narrow(0, first, length), topK);
            if (withProbabilities)
                probabilities.Add((scaled.gather(-1, codes.unsqueeze(-1)).squeeze(-1) - scaled.logsumexp(-1)).MoveToOuterDisposeScope());
            drawn.Add(codes.MoveToOuterDisposeScope());
        }
        Tensor Joined(List<Tensor> parts) => cat(parts).view(uniforms.shape).MoveToOuterDisposeScope();
        return (Joined(drawn), withProbabilities ? Joined(probabilities) : null);
    }
}

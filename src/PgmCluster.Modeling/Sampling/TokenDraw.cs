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
        var (count, block) = (rows.size(0), Math.Max(1, elements / vocabulary));
        var (drawn, probabilities) = count <= block
            ? Part(logits(rows), numbers, topK, withProbabilities)
            : InBlocks((first, length) =>
                Part(logits(rows.narrow(0, first, length)), numbers.narrow(0, first, length), topK, withProbabilities), count, block);
        return (
            drawn.view(uniforms.shape).MoveToOuterDisposeScope(), probabilities?.view(uniforms.shape).MoveToOuterDisposeScope());
    }

    /// <param name="scaled">F64 [rows, N]</param>
    /// <param name="numbers">F64 [rows]</param>
    private static (Tensor Drawn, Tensor? LogProbabilities) Part(Tensor scaled, Tensor numbers, int topK, bool withProbabilities)
    {
        var codes = CategoricalDraw.Draw(scaled, numbers, topK);
        return (codes, withProbabilities ? scaled.gather(-1, codes.unsqueeze(-1)).squeeze(-1) - scaled.logsumexp(-1) : null);
    }

    private static (Tensor Drawn, Tensor? LogProbabilities) InBlocks(
        Func<long, long, (Tensor Drawn, Tensor? LogProbabilities)> part, long count, long block)
    {
        var (drawn, probabilities) = (new List<Tensor>(), new List<Tensor>());
        for (var first = 0L; first < count; first += block)
        {
            using var scope = NewDisposeScope();
            var (codes, ofCodes) = part(first, Math.Min(block, count - first));
            drawn.Add(codes.MoveToOuterDisposeScope());
            if (ofCodes is not null) probabilities.Add(ofCodes.MoveToOuterDisposeScope());
        }
        return (cat(drawn), probabilities.Count > 0 ? cat(probabilities) : null);
    }
}

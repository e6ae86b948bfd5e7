using static TorchSharp.torch;

namespace PgmCluster.Modeling.Sampling;

/// <summary>Drawing from softmax probabilities in float64 by inverting the cumulative distribution.</summary>
public static class CategoricalDraw
{
    /// <param name="logits">F64 [..., N]</param>
    /// <param name="uniforms">F64 [...] in [0, 1)</param>
    /// <param name="topK">Draw among the k most likely only, renormalised; 0 for all.</param>
    /// <returns>I64 [...]: the first index whose cumulative probability exceeds the uniform number.</returns>
    public static Tensor Draw(Tensor logits, Tensor uniforms, int topK = 0)
    {
        using var scope = NewDisposeScope();
        var probabilities = logits.softmax(-1);
        Tensor? indices = null;
        if (topK > 0 && topK < logits.size(-1))
        {
            (probabilities, indices) = probabilities.topk(topK, -1, largest: true, sorted: true);
            probabilities /= probabilities.sum(-1, keepdim: true);
        }
        var cumulative = probabilities.cumsum(-1);
        var drawn = searchsorted(cumulative, uniforms.unsqueeze(-1), out_int32: false, right: true, sorter: null!)
            .clamp_max(probabilities.size(-1) - 1);                                             // [..., 1]
        if (indices is not null) drawn = indices.gather(-1, drawn);
        return drawn.squeeze(-1).MoveToOuterDisposeScope();
    }
}

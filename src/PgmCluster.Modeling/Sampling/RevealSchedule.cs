using static TorchSharp.torch;

namespace PgmCluster.Modeling.Sampling;

/// <summary>How many tokens are known after each step of a Halton sampler.</summary>
public static class RevealSchedule
{
    /// <summary>
    /// R_i = floor((1 - arccos((i+1)/S) / (pi/2)) n), at least i+1, at most n. Computed in float32 as the public code does: an ulp decides a floor.
    /// </summary>
    /// <param name="steps">S</param>
    /// <param name="tokens">n</param>
    /// <returns>One entry per step; a step that would reveal nothing (more steps than tokens) repeats n.</returns>
    public static int[] Halton(int steps, int tokens)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        var known = new int[steps];
        using var scope = NewDisposeScope();
        for (var i = 0; i < steps; i++)
        {
            var ratio = tensor((float)((i + 1) / (double)steps));
            var share = (1 - ratio.acos() / (Math.PI * 0.5)) * tokens;
            known[i] = Math.Min(tokens, Math.Max(i + 1, (int)share.item<float>()));
        }
        return known;
    }
}

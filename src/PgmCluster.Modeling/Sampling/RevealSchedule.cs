using PgmCluster.Modeling.Masking;
using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Sampling;

/// <summary>How many tokens are known after each step of a sampler.</summary>
public static class RevealSchedule
{
    /// <summary>
    /// R_i = floor(f((i+1)/S) n), at least i+1, at most n; f is one minus the masking curve, by default 1 - arccos(x) / (pi/2). Computed in
    /// float32 as the public code does: an ulp decides a floor.
    /// </summary>
    /// <param name="steps">S</param>
    /// <param name="tokens">n</param>
    /// <param name="curve">The public code has the arccos only.</param>
    /// <returns>One entry per step; a step that would reveal nothing (more steps than tokens) repeats n.</returns>
    public static int[] Halton(int steps, int tokens, MaskingSchedule curve = MaskingSchedule.Arccos)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        var known = new int[steps];
        using var scope = NewDisposeScope();
        for (var i = 0; i < steps; i++)
        {
            var ratio = tensor((float)((i + 1) / (double)steps), device: CPU);
            known[i] = Math.Min(tokens, Math.Max(i + 1, (int)HostRead.Scalar<float>(Known(curve, ratio) * tokens)));
        }
        known[^1] = tokens;
        return known;
    }

    /// <summary>
    /// Confidence samplers: how many tokens are revealed in each step. The curve over S equally spaced points in [0, 1], at least one token
    /// a step, all n at the end.
    /// </summary>
    /// <returns>S counts, the sum is n; 0 in steps that are left over because there are more steps than tokens.</returns>
    public static int[] ConfidenceCounts(int steps, int tokens, MaskingSchedule curve)
    {
        var known = ConfidenceTotals(steps, tokens, curve);
        known[^1] = tokens;
        return [.. known.Select((k, i) => k - (i == 0 ? 0 : known[i - 1]))];
    }

    /// <summary>Tokens known after each step: max(q_i, i + 1), at most n, where q_i is the curve's.</summary>
    public static int[] ConfidenceTotals(int steps, int tokens, MaskingSchedule curve) =>
        [.. ConfidenceSequence(steps, tokens, curve).Select((q, i) => Math.Min(tokens, Math.Max(q, i + 1)))];

    /// <summary>
    /// The counts of the public code's Confidence sampler for partition transformers: the first is at least 1, later ones are the curve's
    /// differences whatever the first was, the last is counted twice, and each is capped by what is left.
    /// </summary>
    public static int[] ReferenceConfidenceCounts(int steps, int tokens, MaskingSchedule curve)
    {
        var q = ConfidenceSequence(steps, tokens, curve);
        if (steps > 1) q[^1] += tokens - q[^2];
        var left = tokens;
        var counts = new int[steps];
        for (var i = 0; i < steps; i++)
        {
            counts[i] = Math.Min(left, i == 0 ? Math.Max(q[0], 1) : q[i] - q[i - 1]);
            left -= counts[i];
        }
        return counts;
    }

    /// <summary>q_i = floor(f(r_i) n) in float32, r from 0 to 1; f is one minus the masking curve.</summary>
    internal static int[] ConfidenceSequence(int steps, int tokens, MaskingSchedule curve)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        using var scope = NewDisposeScope();
        var r = linspace(0, 1, steps, dtype: float32, device: CPU);
        return [.. HostRead.Values<float>(Known(curve, r) * tokens).Select(q => (int)q)];
    }

    /// <summary>f: share of tokens that are known at a share r of the steps, F32.</summary>
    private static Tensor Known(MaskingSchedule curve, Tensor r) => curve switch
    {
        MaskingSchedule.Root => r.sqrt(),
        MaskingSchedule.Linear => r.alias(),
        MaskingSchedule.Square => r.square(),
        MaskingSchedule.Cosine => 1 - (r * (Math.PI / 2)).cos(),
        MaskingSchedule.Arccos => 1 - r.acos() / (Math.PI * 0.5),
        _ => throw new ArgumentOutOfRangeException(nameof(curve), curve, null),
    };
}

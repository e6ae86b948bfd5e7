using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace PgmCluster.Modeling.Partition;

/// <summary>Which layers of the decoder attend to the other group (cross) and which within the stream (self).</summary>
public static class DecoderLayouts
{
    /// <summary>Reads <see cref="PartitionTransformerSettings.DecoderLayout"/>.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="isCross">One entry per layer, true for cross-attention.</param>
    /// <param name="problem">What is wrong, if anything.</param>
    public static bool TryParse(
        PartitionTransformerSettings settings, [NotNullWhen(true)] out bool[]? isCross, [NotNullWhen(false)] out string? problem)
    {
        var layers = Enumerable.Range(0, Math.Max(0, settings.DecoderBlocks));
        var parts = settings.DecoderLayout.Split('-');
        // The public code counts from 1 unless self-attention comes first, so its first layer never is the odd one out.
        var first = settings.SelfAttentionFirst ? 0 : 1;
        problem = null;
        isCross = (settings.DecoderLayout, parts) switch
        {
            ("cross-only", _) => [.. layers.Select(_ => true)],
            ("interleave", _) => [.. layers.Select(i => i % 2 == 0 != settings.SelfAttentionFirst)],
            (_, ["interleave", var k, "cross"]) when TryCount(k, out var n) => [.. layers.Select(i => (i + first) % (n + 1) != 0)],
            (_, ["interleave", var k, "self"]) when TryCount(k, out var n) => [.. layers.Select(i => (i + first) % (n + 1) == 0)],
            (_, [var k, "cross", "first"]) when TryCount(k, out var n) => [.. layers.Select(i => i < n)],
            _ => null,
        };
        if (isCross is not null) return true;
        problem = $"decoderLayout = '{settings.DecoderLayout}': "
            + "must be cross-only, interleave, interleave-K-cross, interleave-K-self or K-cross-first with a number K of at least 1.";
        return false;
    }

    private static bool TryCount(string text, out int count) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count >= 1;
}

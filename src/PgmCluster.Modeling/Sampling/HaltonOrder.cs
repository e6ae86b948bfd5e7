using static TorchSharp.torch;

namespace PgmCluster.Modeling.Sampling;

/// <summary>
/// The order in which Halton samplers reveal a grid: cells as a 2-D Halton sequence (bases 2 and 3) first meets them
/// (Halton-MaskGIT, arXiv 2503.17076).
/// </summary>
public static class HaltonOrder
{
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <returns>Cell indices row * width + column, each once.</returns>
    public static int[] Of(int height, int width)
    {
        var order = new List<int>(height * width);
        var seen = new bool[height * width];
        for (long n = 1; order.Count < seen.Length; n++)
        {
            var cell = Cell(n, 2, height) * width + Cell(n, 3, width);
            if (seen[cell]) continue;
            seen[cell] = true;
            order.Add(cell);
        }
        return [.. order];
    }

    /// <summary>The order for a batch.</summary>
    /// <param name="order">From <see cref="Of"/>.</param>
    /// <param name="batch">B</param>
    /// <param name="rolls">Distance by which each image's order is rolled towards higher indices; null for none.</param>
    /// <param name="device">Where it is wanted.</param>
    /// <returns>I64 [B, n]</returns>
    internal static Tensor Rolled(int[] order, long batch, int[]? rolls, Device device)
    {
        var all = new long[batch * order.Length];
        for (var b = 0; b < batch; b++)
        {
            var row = rolls is null ? order : Rolled(order, rolls[b]);
            for (var i = 0; i < row.Length; i++) all[b * row.Length + i] = row[i];
        }
        return tensor(all, [batch, order.Length], dtype: int64, device: device);
    }

    /// <summary>An order rolled by a distance towards higher indices.</summary>
    internal static int[] Rolled(int[] order, int distance)
    {
        var rolled = new int[order.Length];
        for (var i = 0; i < order.Length; i++) rolled[(i + distance) % order.Length] = order[i];
        return rolled;
    }

    /// <summary>floor(radicalInverse(n, radix) * size), in whole numbers: no rounding can move a point into a neighbouring cell.</summary>
    private static int Cell(long n, int radix, int size)
    {
        long numerator = 0, denominator = 1;
        for (; n > 0; n /= radix)
        {
            numerator = numerator * radix + n % radix;
            denominator *= radix;
        }
        return (int)((Int128)numerator * size / denominator);
    }
}

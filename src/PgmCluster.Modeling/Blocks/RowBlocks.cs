using TorchSharp;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Blocks;

/// <summary>
/// Rows, or images of a batch, computed some at a time where all of them would be the most memory of a step; and how many rows are, where
/// one is as wide as a vocabulary or a codebook.
/// </summary>
public static class RowBlocks
{
    /// <summary>Elements at a time, 4 bytes each: 64 MB on a CPU, 512 MB elsewhere.</summary>
    public const long ElementsOnCpu = 1 << 24, ElementsElsewhere = 1 << 27;

    /// <param name="like">Where it is computed.</param>
    /// <param name="width">Elements of a row.</param>
    /// <param name="elements">Elements at a time; null for the device's number.</param>
    /// <returns>At least 1.</returns>
    internal static long Rows(Tensor like, long width, long? elements = null) =>
        Math.Max(1, (elements ?? (like.device_type == DeviceType.CPU ? ElementsOnCpu : ElementsElsewhere)) / width);

    /// <summary>What is computed of a block of rows at a time, one after the other along the first dimension.</summary>
    /// <param name="count">Rows, at least 1.</param>
    /// <param name="block">Rows at a time.</param>
    /// <param name="part">From the first row and the number of rows to their results; all else that it makes is let go of.</param>
    public static Tensor Joined(long count, long block, Func<long, long, Tensor> part)
    {
        using var scope = NewDisposeScope();
        var parts = new List<Tensor>();
        for (var first = 0L; first < count; first += block)
        {
            using var own = NewDisposeScope();
            parts.Add(part(first, Math.Min(block, count - first)).MoveToOuterDisposeScope());
        }
        return cat(parts).MoveToOuterDisposeScope();
    }
}

using PgmCluster.Modeling.Optimization;

namespace PgmCluster.Execution.Gangs;

/// <summary>Who does what in a gang of a given size: a function of sizes alone, the same for every member.</summary>
public sealed class GangPlan
{
    /// <param name="size">Members.</param>
    /// <param name="microBatches">V, the leaves of the canonical sum; a power of two.</param>
    /// <param name="length">P, elements of a gradient; a multiple of <see cref="GradientNorm.Chunk"/>.</param>
    public GangPlan(int size, int microBatches, long length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, microBatches);
        Size = size;
        Leaves = LeafRanges.Of(microBatches, size);
        Nodes = [.. Leaves.Select(l => TreeNode.OfRange(l.First, l.End))];
        var chunks = length / GradientNorm.Chunk;
        long FirstChunk(int rank) => chunks * rank / size;
        long ChunksOf(int rank) => FirstChunk(rank + 1) - FirstChunk(rank);
        (long, long) Segment(int rank) => (FirstChunk(rank) * GradientNorm.Chunk, ChunksOf(rank) * GradientNorm.Chunk);
        Segments = [.. Enumerable.Range(0, size).Select(Segment)];
        var (additions, left) = TreeNode.Join([.. Nodes.SelectMany(n => n)]);
        Additions = additions;
        Root = left[0].Place;
    }

    public int Size { get; }

    /// <summary>Contiguous ranges of leaves whose sizes differ by 1 at most, by rank.</summary>
    public IReadOnlyList<(int First, int End)> Leaves { get; }

    /// <summary>The sums that each rank's leaves amount to.</summary>
    public IReadOnlyList<IReadOnlyList<TreeNode>> Nodes { get; }

    /// <summary>Parts of the gradient, whole chunks: each rank adds up everybody's sums of its own.</summary>
    public IReadOnlyList<(long Offset, long Length)> Segments { get; }

    /// <summary>
    /// The additions over all ranks' sums in order (places in the concatenation of <see cref="Nodes"/>), in the canonical tree's order.
    /// </summary>
    public IReadOnlyList<(int Into, int From)> Additions { get; }

    /// <summary>The place where the whole sum stands after the additions.</summary>
    public int Root { get; }
}

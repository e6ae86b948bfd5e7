namespace PgmCluster.Modeling.Optimization;

/// <summary>How the leaves of the canonical sum are divided among the members of a gang.</summary>
public static class LeafRanges
{
    /// <summary>Contiguous ranges whose sizes differ by 1 at most, by rank.</summary>
    /// <param name="microBatches">V.</param>
    /// <param name="size">Members.</param>
    public static IReadOnlyList<(int First, int End)> Of(int microBatches, int size) =>
        [.. Enumerable.Range(0, size).Select(r => (microBatches * r / size, microBatches * (r + 1) / size))];

    /// <summary>
    /// The most that a member gets of others' sums in a step, in gradients, over all gangs of up to 256 members: more where their ranges of
    /// leaves are no whole nodes.
    /// </summary>
    /// <param name="microBatches">V.</param>
    public static double ReceivedAtMost(int microBatches)
    {
        var most = 0.0;
        for (var size = 2; size <= Math.Min(microBatches, 256); size++)
        {
            var nodes = Of(microBatches, size).Select(l => TreeNode.OfRange(l.First, l.End).Count).ToList();
            most = Math.Max(most, (nodes.Sum() - nodes.Min()) / (double)size);
        }
        return most;
    }
}

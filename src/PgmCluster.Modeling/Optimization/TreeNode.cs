namespace PgmCluster.Modeling.Optimization;

/// <summary>
/// A node of the canonical binary tree over the micro-batches: it stands for leaves Index · 2^Level up to (Index + 1) · 2^Level - 1.
/// </summary>
/// <param name="Level">0 for a leaf.</param>
/// <param name="Index">Place among the nodes of its level.</param>
public readonly record struct TreeNode(int Level, int Index)
{
    /// <summary>The node over this one and its sibling.</summary>
    public TreeNode Parent => new(Level + 1, Index / 2);

    /// <summary>True where <paramref name="right"/> is the other child of this left child's parent.</summary>
    public bool IsLeftSiblingOf(TreeNode right) => Level == right.Level && Index % 2 == 0 && right.Index == Index + 1;

    /// <summary>
    /// The largest nodes that together are the leaves of a range, in order: what is left after a range of leaves was summed. At most 2 log2
    /// V of them.
    /// </summary>
    /// <param name="first">First leaf.</param>
    /// <param name="end">Leaf behind the last.</param>
    public static IReadOnlyList<TreeNode> OfRange(int first, int end)
    {
        var nodes = new List<TreeNode>();
        for (var leaf = first; leaf < end; leaf++)
        {
            var node = new TreeNode(0, leaf);
            while (nodes.Count > 0 && nodes[^1].IsLeftSiblingOf(node))
            {
                node = node.Parent;
                nodes.RemoveAt(nodes.Count - 1);
            }
            nodes.Add(node);
        }
        return nodes;
    }

    /// <summary>The additions that join nodes to larger ones as far as siblings are among them.</summary>
    /// <param name="nodes">In the order of their leaves.</param>
    /// <returns>Pairs of places in <paramref name="nodes"/>: add the second to the first; and what then is left, with its place.</returns>
    public static (IReadOnlyList<(int Into, int From)> Additions,
        IReadOnlyList<(TreeNode Node, int Place)> Left) Join(IReadOnlyList<TreeNode> nodes)
    {
        var additions = new List<(int, int)>();
        var left = new List<(TreeNode Node, int Place)>();
        for (var place = 0; place < nodes.Count; place++)
        {
            var (node, at) = (nodes[place], place);
            while (left.Count > 0 && left[^1].Node.IsLeftSiblingOf(node))
            {
                additions.Add((left[^1].Place, at));
                (node, at) = (node.Parent, left[^1].Place);
                left.RemoveAt(left.Count - 1);
            }
            left.Add((node, at));
        }
        return (additions, left);
    }
}

namespace PgmCluster.Cli.Lineages;

/// <summary>Everything that one thing was made from, each thing once.</summary>
/// <param name="Root">The thing's <see cref="LineageNode.Id"/>.</param>
/// <param name="Nodes">All, the thing first; what a node was made from comes behind it.</param>
internal sealed record LineageGraph(string Root, IReadOnlyList<LineageNode> Nodes)
{
    public LineageNode this[string id] => Nodes.First(n => n.Id == id);

    /// <summary>How far each node is from the root, on the longest way.</summary>
    public IReadOnlyDictionary<string, int> Depths()
    {
        var depths = Nodes.ToDictionary(n => n.Id, _ => 0);
        Deepen(this[Root], 0, []);
        return depths;

        // Nothing is made from itself; should records say so all the same, the way ends there.
        void Deepen(LineageNode node, int depth, HashSet<string> way)
        {
            if (!way.Add(node.Id)) return;
            depths[node.Id] = Math.Max(depths[node.Id], depth);
            foreach (var edge in node.From) Deepen(this[edge.Node], depth + 1, way);
            way.Remove(node.Id);
        }
    }
}

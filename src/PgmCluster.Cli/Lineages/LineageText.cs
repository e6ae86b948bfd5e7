namespace PgmCluster.Cli.Lineages;

/// <summary>A lineage as a tree of lines; what occurs again is said once.</summary>
internal static class LineageText
{
    public static IReadOnlyList<string> Lines(LineageGraph lineage)
    {
        var lines = new List<string>();
        Write(lineage, lineage[lineage.Root], null, "", "", [], lines);
        return lines;
    }

    private static void Write(
        LineageGraph lineage, LineageNode node, LineageEdge? edge, string first, string rest, HashSet<string> shown, List<string> lines)
    {
        var isNew = shown.Add(node.Id);
        var role = edge is null || edge.Role == node.What ? "" : $"{edge.Role}: ";
        var hash = (edge?.Sha256 ?? node.Sha256) is { } sha256 ? $" {LineageNode.Short(sha256)}" : "";
        var summary = isNew ? node.Summary.Length > 0 ? $"  {node.Summary}" : "" : node.From.Count > 0 ? "  (above)" : "";
        lines.Add($"{first}{role}{node.What} '{node.Name}'{hash}{summary}");
        var from = isNew ? node.From : [];
        foreach (var note in new[] { edge?.Note, isNew ? node.Note : null }.OfType<string>())
            lines.Add($"{rest}{(from.Count > 0 ? "│  " : "   ")}! {note}");
        for (var i = 0; i < from.Count; i++)
        {
            var isLast = i == from.Count - 1;
            Write(
                lineage, lineage[from[i].Node], from[i], rest + (isLast ? "└─ " : "├─ "), rest + (isLast ? "   " : "│  "), shown, lines);
        }
    }
}

using System.Globalization;
using System.Security;
using System.Text;

namespace PgmCluster.Cli.Lineages;

/// <summary>A lineage as an SVG picture: from the sources on the left to what was made of them on the right.</summary>
internal static class LineageDrawing
{
    private const int Width = 250, Height = 66, ColumnGap = 120, RowGap = 26, Margin = 24, MostLetters = 32;

    private static readonly Dictionary<string, string> Colors = new()
    {
        ["dataset"] = "#2a8f6b",
        ["tokens"] = "#e07b21",
        ["weights"] = "#1f6fb4",
        ["images"] = "#c23b4e",
        ["scores"] = "#7a5bb5",
        ["statistics"] = "#8a654a",
    };

    public static string Svg(LineageGraph lineage)
    {
        var places = Places(lineage);
        var (width, height) = (places.Values.Max(p => p.X) + Width + Margin, places.Values.Max(p => p.Y) + Height + Margin);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" ")
            .Append("font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\">\n")
            .Append("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n");
        foreach (var node in lineage.Nodes)
        {
            foreach (var edge in node.From) DrawEdge(svg, places[edge.Node], places[node.Id], edge);
        }
        foreach (var node in lineage.Nodes) DrawNode(svg, places[node.Id], node);
        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>A column for each distance from the root; within a column, nodes stand near what is made of them.</summary>
    private static Dictionary<string, (int X, int Y)> Places(LineageGraph lineage)
    {
        var depths = lineage.Depths();
        var deepest = depths.Values.Max();
        var rows = new Dictionary<string, double>();
        foreach (var column in lineage.Nodes.GroupBy(n => depths[n.Id]).OrderBy(g => g.Key))
        {
            var wanted = column.Select((node, i) => (node.Id, Row: lineage.Nodes
                .Where(n => depths[n.Id] < column.Key && n.From.Any(e => e.Node == node.Id)).Select(n => rows[n.Id])
                .DefaultIfEmpty(0).Average() + (i * 1e-6))).OrderBy(p => p.Row).ToArray();
            for (var i = 0; i < wanted.Length; i++) rows[wanted[i].Id] = i - ((wanted.Length - 1) / 2.0);
        }
        var highest = rows.Values.Min();
        return lineage.Nodes.ToDictionary(n => n.Id, n => (
            Margin + ((deepest - depths[n.Id]) * (Width + ColumnGap)),
            Margin + (int)Math.Round((rows[n.Id] - highest) * (Height + RowGap))));
    }

    private static void DrawEdge(StringBuilder svg, (int X, int Y) from, (int X, int Y) to, LineageEdge edge)
    {
        var (x, y, endX, endY) = (from.X + Width, from.Y + (Height / 2), to.X, to.Y + (Height / 2));
        var bend = Math.Max(40, (endX - x) / 2);
        var color = edge.Note is null ? "#9aa3b0" : "#c23b4e";
        svg.Append(CultureInfo.InvariantCulture,
            $"<path d=\"M{x} {y}C{x + bend} {y} {endX - bend} {endY} {endX} {endY}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"1.6\">");
        svg.Append(CultureInfo.InvariantCulture, $"<title>{Text($"{edge.Role} {edge.Sha256} {edge.Note}".Trim())}</title></path>\n");
        svg.Append(CultureInfo.InvariantCulture,
            $"<text x=\"{x + 8}\" y=\"{y - 6}\" font-size=\"11\" fill=\"{(edge.Note is null ? "#5b6575" : color)}\">{Text(edge.Role)}</text>\n");
    }

    private static void DrawNode(StringBuilder svg, (int X, int Y) at, LineageNode node)
    {
        var color = Colors.GetValueOrDefault(node.What, "#5f6b7a");
        svg.Append(CultureInfo.InvariantCulture, $"<g><title>{Text($"{node.Name}\n{node.Sha256}\n{node.Summary}\n{node.Note}".Trim())}</title>");
        svg.Append(CultureInfo.InvariantCulture,
            $"<rect x=\"{at.X}\" y=\"{at.Y}\" width=\"{Width}\" height=\"{Height}\" rx=\"6\" fill=\"#ffffff\" stroke=\"{color}\" stroke-width=\"1.5\"/>")
            .Append(CultureInfo.InvariantCulture,
            $"<rect x=\"{at.X}\" y=\"{at.Y}\" width=\"6\" height=\"{Height}\" rx=\"3\" fill=\"{color}\"/>");
        Line(svg, at.X + 16, at.Y + 20, 11, color, node.Hash.Length > 0 ? $"{node.What}  {node.Hash}" : node.What);
        Line(svg, at.X + 16, at.Y + 38, 14, "#1f2937", node.Name);
        Line(svg, at.X + 16, at.Y + 56, 11, node.Note is null ? "#5b6575" : "#c23b4e", node.Note ?? node.Summary);
        svg.Append("</g>\n");
    }

    private static void Line(StringBuilder svg, int x, int y, int size, string color, string text)
    {
        if (text.Length == 0) return;
        // Letters are about half as wide as they are high.
        var most = MostLetters * 14 / size;
        svg.Append(CultureInfo.InvariantCulture,
            $"<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" fill=\"{color}\">{Text(text.Length > most ? text[..(most - 1)] + "…" : text)}</text>");
    }

    private static string Text(string text) => SecurityElement.Escape(text);
}

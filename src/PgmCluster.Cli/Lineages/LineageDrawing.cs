using System.Globalization;
using System.Text;
using static PgmCluster.Cli.Output.SvgPicture;

namespace PgmCluster.Cli.Lineages;

/// <summary>A lineage as an SVG picture: from the sources on the left to what was made of them on the right.</summary>
internal static class LineageDrawing
{
    private const string Wrong = "#c23b4e";

    /// <summary>Of a letter, on average, as a share of its height.</summary>
    private const double LetterWidth = 0.57;

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
        var layout = new LineageLayout(lineage);
        var svg = Begin(layout.PictureWidth, layout.PictureHeight);
        foreach (var node in lineage.Nodes)
        {
            foreach (var edge in node.From) DrawEdge(svg, layout, edge, node.Id);
        }
        // Once for all lines that leave a box with it.
        foreach (var used in lineage.Nodes.SelectMany(n => n.From).GroupBy(e => e.Node))
        {
            Write(
                svg, layout[used.Key].X + LineageLayout.Width + 8, layout[used.Key].Y + (LineageLayout.Height / 2) - 6, 11, SoftInk,
                string.Join(", ", used.Select(e => e.Role).Distinct()));
        }
        foreach (var node in lineage.Nodes) DrawNode(svg, layout[node.Id], node);
        return svg.End();
    }

    private static void DrawEdge(StringBuilder svg, LineageLayout layout, LineageEdge edge, string to)
    {
        var (x, y) = (layout[edge.Node].X + LineageLayout.Width, layout[edge.Node].Y + (LineageLayout.Height / 2));
        svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{x} {y}");
        foreach (var (nextX, nextY) in layout.Passing(edge.Node, to))
        {
            Bend(nextX, nextY);
            svg.Append(CultureInfo.InvariantCulture, $"H{x = nextX + LineageLayout.Width}");
        }
        Bend(layout[to].X, layout[to].Y + (LineageLayout.Height / 2));
        var ink = edge.Note is null ? LineInk : Wrong;
        svg.Append(CultureInfo.InvariantCulture, $"\" fill=\"none\" stroke=\"{ink}\" stroke-width=\"1.6\">")
            .Append(CultureInfo.InvariantCulture, $"<title>{Text($"{edge.Role} {edge.Sha256} {edge.Note}".Trim())}</title></path>\n");

        void Bend(int endX, int endY)
        {
            var middle = (x + endX) / 2;
            svg.Append(CultureInfo.InvariantCulture, $"C{middle} {y} {middle} {endY} {endX} {endY}");
            (x, y) = (endX, endY);
        }
    }

    private static void DrawNode(StringBuilder svg, (int X, int Y) at, LineageNode node)
    {
        var color = Colors.GetValueOrDefault(node.What, "#5f6b7a");
        var (x, y, width, height) = (at.X, at.Y, LineageLayout.Width, LineageLayout.Height);
        svg.Append(
            CultureInfo.InvariantCulture, $"<g><title>{Text($"{node.Name}\n{node.Sha256}\n{node.Summary}\n{node.Note}".Trim())}</title>")
            .Append(CultureInfo.InvariantCulture, $"<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"6\" ")
            .Append(CultureInfo.InvariantCulture, $"fill=\"#ffffff\" stroke=\"{color}\" stroke-width=\"1.5\"/>")
            .Append(CultureInfo.InvariantCulture, $"<rect x=\"{x}\" y=\"{y}\" width=\"6\" height=\"{height}\" rx=\"3\" fill=\"{color}\"/>");
        Write(svg, x + 16, y + 20, 11, color, node.Hash.Length > 0 ? $"{node.What}  {node.Hash}" : node.What);
        // Of a path the end tells more than the beginning.
        Write(svg, x + 16, y + 38, 14, Ink, node.Name, keepsEnd: node.What is "place" or "file");
        Write(svg, x + 16, y + 56, 11, node.Note is null ? SoftInk : Wrong, node.Note ?? node.Summary);
        svg.Append("</g>\n");
    }

    private static void Write(StringBuilder svg, int x, int y, int size, string color, string text, bool keepsEnd = false)
    {
        if (text.Length == 0) return;
        var most = (int)((LineageLayout.Width - 24) / (size * LetterWidth));
        if (text.Length > most) text = keepsEnd ? "…" + text[^(most - 1)..] : text[..(most - 1)] + "…";
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" fill=\"{color}\">{Text(text)}</text>");
    }
}

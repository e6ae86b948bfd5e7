using System.Globalization;
using System.Text;
using PgmCluster.Cli.Output;
using static PgmCluster.Cli.Output.SvgPicture;

namespace PgmCluster.Cli.Study.Pages;

/// <summary>Labelled points over a logarithmic X axis, as an SVG picture.</summary>
internal static class ScatterDrawing
{
    private const string GridLine = "#e3e7ed";
    private const double Width = 900, Height = 500, Left = 70, Right = 874, Top = 56, Bottom = 446;

    /// <summary>Told apart in gray and by colour-blind readers as well.</summary>
    private static readonly string[] Palette = ["#1f6fb4", "#e07b21", "#2a8f6b", "#c23b4e", "#7a5bb5"];

    /// <param name="title">Above: what Y is.</param>
    /// <param name="xLabel">What X counts.</param>
    /// <param name="lines">At least one point; every X above 0.</param>
    /// <param name="level">A horizontal line with its name.</param>
    public static string Svg(string title, string xLabel, IReadOnlyList<ScatterLine> lines, (string Name, double Y)? level)
    {
        var points = lines.SelectMany(l => l.Points).ToList();
        var (fromX, toX) = (Math.Log10(points.Min(p => p.X)) - 0.1, Math.Log10(points.Max(p => p.X)) + 0.1);
        var (step, last) = Ticks(points.Select(p => p.Y).Append(level?.Y ?? 0).Max());
        double X(double x) => Left + ((Math.Log10(x) - fromX) / (toX - fromX) * (Right - Left));
        double Y(double y) => Bottom - (y / last * (Bottom - Top));

        var svg = Begin(Width, Height);
        Text(svg, Left, 32, 17, Ink, "start", title);
        for (var y = 0.0; y <= last; y += step)
        {
            Line(svg, Left, Y(y), Right, Y(y), y == 0 ? LineInk : GridLine);
            Text(svg, Left - 10, Y(y) + 4, 12, SoftInk, "end", y.ToString("0.##", CultureInfo.InvariantCulture));
        }
        foreach (var x in Decades(fromX, toX))
        {
            Line(svg, X(x), Bottom, X(x), Bottom + 5, LineInk);
            Text(svg, X(x), Bottom + 20, 12, SoftInk, "middle", x.ToString("0.###", CultureInfo.InvariantCulture));
        }
        Text(svg, (Left + Right) / 2, Height - 14, 13, Ink, "middle", xLabel);
        if (level is { } drawn)
        {
            Line(svg, Left, Y(drawn.Y), Right, Y(drawn.Y), SoftInk, dashed: true);
            Text(svg, Right, Y(drawn.Y) - 6, 12, SoftInk, "end", drawn.Name);
        }
        var labels = new LabelPlaces(points.Select(p => (X(p.X), Y(p.Y))));
        for (var i = 0; i < lines.Count; i++)
        {
            var color = Palette[i % Palette.Length];
            var sorted = lines[i].Points.OrderBy(p => p.X).ToList();
            var path = string.Join(' ', sorted.Select(p => string.Create(CultureInfo.InvariantCulture, $"{X(p.X):0.#},{Y(p.Y):0.#}")));
            svg.Append(
                CultureInfo.InvariantCulture, $"<polyline points=\"{path}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"1.8\"/>\n");
            foreach (var point in sorted)
                svg.Append(
                    CultureInfo.InvariantCulture, $"<circle cx=\"{X(point.X):0.#}\" cy=\"{Y(point.Y):0.#}\" r=\"4\" fill=\"{color}\"/>\n");
            foreach (var point in sorted)
            {
                var label = labels.Place(X(point.X), Y(point.Y), point.Label);
                Text(svg, label.X, label.Y, 12, color, "middle", point.Label);
            }
            Text(svg, Right - lines.Skip(i + 1).Sum(l => (8 * l.Name.Length) + 16), 32, 14, color, "end", lines[i].Name);
        }
        return svg.End();
    }

    /// <summary>About six steps of 1, 2 or 5 times a power of ten, from 0 to at least a value.</summary>
    private static (double Step, double Last) Ticks(double most)
    {
        var rough = Math.Max(most, 1e-6) / 6;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = power * (rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
        return (step, step * Math.Ceiling(most * 1.05 / step));
    }

    /// <summary>1, 2 and 5 times the powers of ten between two logarithms.</summary>
    private static IEnumerable<double> Decades(double low, double high) =>
        from power in Enumerable.Range((int)Math.Floor(low), (int)Math.Ceiling(high) - (int)Math.Floor(low) + 1)
        from factor in new[] { 1, 2, 5 }
        let value = factor * Math.Pow(10, power)
        where Math.Log10(value) >= low && Math.Log10(value) <= high
        select value;

    private static void Line(
        StringBuilder svg, double x, double y, double toX, double toY, string color, bool dashed = false) => svg.Append(
        CultureInfo.InvariantCulture,
        $"<line x1=\"{x:0.#}\" y1=\"{y:0.#}\" x2=\"{toX:0.#}\" y2=\"{toY:0.#}\" "
        + $"stroke=\"{color}\"{(dashed ? " stroke-dasharray=\"6 4\"" : "")}/>\n");

    private static void Text(StringBuilder svg, double x, double y, int size, string color, string anchor, string text) => svg.Append(
        CultureInfo.InvariantCulture,
        $"<text x=\"{x:0.#}\" y=\"{y:0.#}\" font-size=\"{size}\" fill=\"{color}\" "
        + $"text-anchor=\"{anchor}\">{SvgPicture.Text(text)}</text>\n");
}

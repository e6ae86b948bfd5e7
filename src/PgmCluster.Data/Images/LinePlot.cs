using SkiaSharp;

namespace PgmCluster.Data.Images;

/// <summary>Draws line charts, such as loss curves.</summary>
public static class LinePlot
{
    private const float TitleHeight = 13;
    private const float TextHeight = 8.5f;
    private const float LegendRow = 20;

    private static readonly SKColor Ink = new(0x1F, 0x29, 0x37);
    private static readonly SKColor SoftInk = new(0x5B, 0x65, 0x75);
    private static readonly SKColor GridLine = new(0xE3, 0xE7, 0xED);
    private static readonly SKColor FaintGridLine = new(0xF2, 0xF4, 0xF7);
    private static readonly SKColor AxisLine = new(0x9A, 0xA3, 0xB0);

    // Told apart in gray and by colour-blind readers as well.
    private static readonly SKColor[] Palette =
    [
        new(0x1F, 0x6F, 0xB4), new(0xE0, 0x7B, 0x21), new(0x2A, 0x8F, 0x6B), new(0xC2, 0x3B, 0x4E),
        new(0x7A, 0x5B, 0xB5), new(0x8A, 0x65, 0x4A), new(0x3A, 0xA6, 0xC4), new(0x5F, 0x6B, 0x7A),
    ];

    /// <summary>Draws a chart.</summary>
    /// <param name="title">Above the chart; may be empty.</param>
    /// <param name="xLabel">What X counts; may be empty.</param>
    /// <param name="yLabel">What Y measures; may be empty.</param>
    /// <param name="series">The lines; with none, or no finite points, the chart says that there are no data.</param>
    /// <param name="width">Pixels, at least 200.</param>
    /// <param name="height">Pixels, at least 150.</param>
    /// <param name="logY">Whether the Y axis is logarithmic.</param>
    /// <exception cref="ArgumentException">A series has not as many X as Y.</exception>
    public static RgbImage Render(
        string title, string xLabel, string yLabel, IReadOnlyList<PlotSeries> series, int width = 900, int height = 500, bool logY = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 200);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 150);
        foreach (var one in series)
        {
            if (one.X.Length != one.Y.Length)
                throw new ArgumentException($"Series '{one.Name}' has {one.X.Length} X and {one.Y.Length} Y.", nameof(series));
        }

        using var canvas = new Canvas(width, height, SKColors.White);
        var points = series.SelectMany(s => s.X.Zip(s.Y)).Where(p => Drawable(p.First, p.Second, logY)).ToList();
        var top = title.Length > 0 ? 50f : 22f;
        var bottom = height - (xLabel.Length > 0 ? 54f : 34f);
        if (points.Count == 0)
        {
            DrawTitle(canvas.Skia, title, 24, width - 26f);
            StrokeFont.Draw(canvas.Skia, "no data", width / 2f, (top + bottom) / 2, TextHeight + 2, SoftInk, SKTextAlign.Center);
            return canvas.ToImage();
        }

        var yTicks = Math.Max(2, (int)((bottom - top) / 60));
        var (low, high) = (points.Min(p => p.Second), points.Max(p => p.Second));
        var y = logY ? PlotAxis.Log(low, high, yTicks) : PlotAxis.Linear(low, high, yTicks, widen: true);
        var left = (yLabel.Length > 0 ? 46f : 24f) + y.Ticks.Max(t => StrokeFont.Measure(t.Text, TextHeight));
        var right = width - 26f;
        var x = PlotAxis.Linear(points.Min(p => p.First), points.Max(p => p.First), Math.Max(2, (int)((right - left) / 100)), widen: false);
        var area = new SKRect(left, top, right, bottom);

        DrawTitle(canvas.Skia, title, left, right);
        DrawGrid(canvas.Skia, area, x, y);
        DrawLabels(canvas.Skia, area, xLabel, yLabel, height);
        for (var i = 0; i < series.Count; i++) DrawLine(canvas.Skia, area, x, y, series[i], Palette[i % Palette.Length], logY);
        DrawLegend(canvas.Skia, area, x, y, series, logY);
        return canvas.ToImage();
    }

    private static bool Drawable(double x, double y, bool logY) => double.IsFinite(x) && double.IsFinite(y) && (!logY || y > 0);

    private static SKPoint Place(SKRect area, PlotAxis x, PlotAxis y, double px, double py) =>
        new((float)(area.Left + area.Width * x.Map(px)), (float)(area.Bottom - area.Height * y.Map(py)));

    private static void DrawTitle(SKCanvas canvas, string title, float left, float right)
    {
        var shrink = Math.Min(1, (right - left) / Math.Max(1, StrokeFont.Measure(title, TitleHeight)));
        StrokeFont.Draw(canvas, title, left, 31, TitleHeight * shrink, Ink, weight: 0.155f);
    }

    private static void DrawGrid(SKCanvas canvas, SKRect area, PlotAxis x, PlotAxis y)
    {
        using var faint = Line(FaintGridLine, 1);
        using var grid = Line(GridLine, 1);
        using var axis = Line(AxisLine, 1);
        foreach (var value in y.MinorTicks) Horizontal(value, faint);
        foreach (var (value, text) in y.Ticks)
        {
            var at = Horizontal(value, grid);
            StrokeFont.Draw(canvas, text, area.Left - 10, at + TextHeight / 2, TextHeight, SoftInk, SKTextAlign.Right);
        }
        foreach (var (value, text) in x.Ticks)
        {
            var at = MathF.Round((float)(area.Left + area.Width * x.Map(value))) + 0.5f;
            canvas.DrawLine(at, area.Top, at, area.Bottom, faint);
            canvas.DrawLine(at, area.Bottom, at, area.Bottom + 5, axis);
            StrokeFont.Draw(canvas, text, at, area.Bottom + 10 + TextHeight, TextHeight, SoftInk, SKTextAlign.Center);
        }
        var floor = MathF.Round(area.Bottom) + 0.5f;
        canvas.DrawLine(area.Left, floor, area.Right, floor, axis);

        float Horizontal(double value, SKPaint pen)
        {
            // Half pixels make thin lines crisp.
            var at = MathF.Round((float)(area.Bottom - area.Height * y.Map(value))) + 0.5f;
            canvas.DrawLine(area.Left, at, area.Right, at, pen);
            return at;
        }
    }

    private static void DrawLabels(SKCanvas canvas, SKRect area, string xLabel, string yLabel, int height)
    {
        StrokeFont.Draw(canvas, xLabel, area.MidX, height - 14, TextHeight + 0.5f, Ink, SKTextAlign.Center);
        canvas.Save();
        canvas.Translate(24, area.MidY);
        canvas.RotateDegrees(-90);
        StrokeFont.Draw(canvas, yLabel, 0, 0, TextHeight + 0.5f, Ink, SKTextAlign.Center);
        canvas.Restore();
    }

    private static void DrawLine(SKCanvas canvas, SKRect area, PlotAxis x, PlotAxis y, PlotSeries series, SKColor color, bool logY)
    {
        using var pen = Line(color, 1.8f);
        pen.IsAntialias = true;
        pen.StrokeJoin = SKStrokeJoin.Round;
        pen.StrokeCap = SKStrokeCap.Round;
        using var dot = new SKPaint { Color = color, IsAntialias = true };
        using var path = new SKPath();
        var drawing = false;
        for (var i = 0; i < series.X.Length; i++)
        {
            if (!Drawable(series.X[i], series.Y[i], logY))
            {
                drawing = false;
                continue;
            }
            var point = Place(area, x, y, series.X[i], series.Y[i]);
            if (drawing) path.LineTo(point);
            else path.MoveTo(point);

            // A point with a gap on both sides would leave no trace as a line.
            var followed = i + 1 < series.X.Length && Drawable(series.X[i + 1], series.Y[i + 1], logY);
            if (!drawing && !followed) canvas.DrawCircle(point, 2.5f, dot);
            drawing = true;
        }
        canvas.DrawPath(path, pen);
    }

    private static void DrawLegend(SKCanvas canvas, SKRect area, PlotAxis x, PlotAxis y, IReadOnlyList<PlotSeries> series, bool logY)
    {
        var named = series.Select((s, i) => (s.Name, Color: Palette[i % Palette.Length])).Where(s => s.Name.Length > 0).ToList();
        if (named.Count == 0) return;
        var size = new SKSize(named.Max(s => StrokeFont.Measure(s.Name, TextHeight)) + 56, named.Count * LegendRow + 12);
        var box = QuietestCorner(area, size, x, y, series, logY);

        using var fill = new SKPaint { Color = SKColors.White.WithAlpha(225), IsAntialias = true };
        using var border = Line(GridLine, 1);
        canvas.DrawRoundRect(box, 4, 4, fill);
        border.IsAntialias = true;
        canvas.DrawRoundRect(box, 4, 4, border);
        for (var i = 0; i < named.Count; i++)
        {
            var middle = box.Top + 6 + (i + 0.5f) * LegendRow;
            using var pen = Line(named[i].Color, 2.5f);
            pen.IsAntialias = true;
            pen.StrokeCap = SKStrokeCap.Round;
            canvas.DrawLine(box.Left + 12, middle, box.Left + 32, middle, pen);
            StrokeFont.Draw(canvas, named[i].Name, box.Left + 42, middle + TextHeight / 2, TextHeight, Ink);
        }
    }

    private static SKRect QuietestCorner(SKRect area, SKSize size, PlotAxis x, PlotAxis y, IReadOnlyList<PlotSeries> series, bool logY)
    {
        const float Inset = 10;
        SKRect[] corners =
        [
            SKRect.Create(area.Right - Inset - size.Width, area.Top + Inset, size.Width, size.Height),
            SKRect.Create(area.Right - Inset - size.Width, area.Bottom - Inset - size.Height, size.Width, size.Height),
            SKRect.Create(area.Left + Inset, area.Top + Inset, size.Width, size.Height),
            SKRect.Create(area.Left + Inset, area.Bottom - Inset - size.Height, size.Width, size.Height),
        ];
        return corners.MinBy(corner => series.Sum(s => Crossings(s, corner)));

        // Counts along lines, not points: few points may still draw a line right through a corner.
        int Crossings(PlotSeries s, SKRect corner)
        {
            var count = 0;
            for (var i = 1; i < s.X.Length; i++)
            {
                if (!Drawable(s.X[i - 1], s.Y[i - 1], logY) || !Drawable(s.X[i], s.Y[i], logY)) continue;
                var (from, to) = (Place(area, x, y, s.X[i - 1], s.Y[i - 1]), Place(area, x, y, s.X[i], s.Y[i]));
                var pieces = Math.Clamp((int)(Math.Abs(to.X - from.X) / 4), 1, 250);
                for (var piece = 1; piece <= pieces; piece++)
                {
                    var t = (float)piece / pieces;
                    if (corner.Contains(from.X + (to.X - from.X) * t, from.Y + (to.Y - from.Y) * t)) count++;
                }
            }
            return count;
        }
    }

    private static SKPaint Line(SKColor color, float width) => new() { Color = color, IsStroke = true, StrokeWidth = width };
}

using System.Globalization;
using PgmCluster.Data.Images;
using PgmCluster.Data.Manifests;
using SkiaSharp;

namespace PgmCluster.Data.Sheets;

/// <summary>The two charts of bars below a dataset's images.</summary>
internal static class SheetChart
{
    /// <summary>Of a chart with its heading and legend, in pixels.</summary>
    public const int Height = 170;

    private const float TextHeight = 8.5f, BarsTop = 44, BarsBottom = 150;

    public static readonly SKColor Ink = new(0x1F, 0x29, 0x37);
    public static readonly SKColor SoftInk = new(0x5B, 0x65, 0x75);
    private static readonly SKColor Training = new(0x1F, 0x6F, 0xB4);
    private static readonly SKColor HeldOut = new(0xE0, 0x7B, 0x21);

    /// <summary>Images of each class, the largest first.</summary>
    public static void Balance(SKCanvas canvas, SKPoint at, float width, IReadOnlyList<SheetClass> classes)
    {
        var sorted = classes.Where(c => c is { Training: not null, HeldOut: not null })
            .Select(c => (Training: c.Training!.Value, HeldOut: c.HeldOut!.Value)).OrderByDescending(c => c.Training + c.HeldOut).ToList();
        if (sorted.Count == 0) return;
        var (most, least) = (sorted[0].Training + sorted[0].HeldOut, sorted[^1].Training + sorted[^1].HeldOut);
        Head(canvas, at, string.Create(
            CultureInfo.InvariantCulture,
            $"Images per class: {(most == least ? $"{most} each" : $"{most} to {least}")}, {sorted.Count} classes"));
        var x = Legend(canvas, at.X, at.Y + 28, Training, "to train on");
        if (sorted.Any(c => c.HeldOut > 0)) Legend(canvas, x, at.Y + 28, HeldOut, "held out");
        var scale = (BarsBottom - BarsTop) / Math.Max(1, most);
        var step = Math.Min(width / sorted.Count, 40);
        for (var i = 0; i < sorted.Count; i++)
        {
            var left = at.X + i * step;
            var right = left + (step > 3 ? step - 2 : step);
            var split = at.Y + BarsBottom - sorted[i].Training * scale;
            Bar(canvas, new SKRect(left, split, right, at.Y + BarsBottom), Training);
            Bar(canvas, new SKRect(left, split - sorted[i].HeldOut * scale, right, split), HeldOut);
        }
    }

    /// <summary>Images by their shorter side.</summary>
    public static void Sizes(SKCanvas canvas, SKPoint at, float width, PictureSizes sizes)
    {
        var (least, most) = ((sizes.MinWidth, sizes.MinHeight), (sizes.MaxWidth, sizes.MaxHeight));
        Head(canvas, at, string.Create(
            CultureInfo.InvariantCulture,
            $"Pixels: {(least == most ? "all " : $"{least.MinWidth}x{least.MinHeight} to ")}{most.MaxWidth}x{most.MaxHeight}"));
        StrokeFont.Draw(canvas, "images by their shorter side", at.X, at.Y + 28, TextHeight - 1, SoftInk);
        var first = Math.Max(0, sizes.ByShorterSide.Index().First(b => b.Item > 0).Index);
        var buckets = sizes.ByShorterSide.Skip(first).ToList();
        var scale = (BarsBottom - BarsTop - 12) / Math.Max(1, buckets.Max());
        var step = Math.Min(width / buckets.Count, 80);
        for (var i = 0; i < buckets.Count; i++)
        {
            var left = at.X + i * step;
            var middle = left + (step - 6) / 2;
            var top = at.Y + BarsBottom - buckets[i] * scale;
            Bar(canvas, new SKRect(left, top, left + step - 6, at.Y + BarsBottom), Training);
            Small(canvas, buckets[i].ToString(CultureInfo.InvariantCulture), middle, top - 4, step);
            var (from, to) = (1L << (first + i), (1L << (first + i + 1)) - 1);
            Small(canvas, from == to ? $"{from}" : $"{from}-{to}", middle, at.Y + BarsBottom + 13, step);
        }
    }

    private static void Head(SKCanvas canvas, SKPoint at, string text) =>
        StrokeFont.Draw(canvas, text, at.X, at.Y + 10, TextHeight + 1, Ink, weight: 0.155f);

    private static float Legend(SKCanvas canvas, float x, float y, SKColor color, string text)
    {
        Bar(canvas, new SKRect(x, y - 8, x + 8, y), color);
        StrokeFont.Draw(canvas, text, x + 13, y, TextHeight - 1, SoftInk);
        return x + 13 + StrokeFont.Measure(text, TextHeight - 1) + 18;
    }

    private static void Small(SKCanvas canvas, string text, float middle, float baseline, float room)
    {
        var height = Math.Min(TextHeight - 1, (TextHeight - 1) * (room - 4) / Math.Max(1, StrokeFont.Measure(text, TextHeight - 1)));
        StrokeFont.Draw(canvas, text, middle, baseline, height, SoftInk, SKTextAlign.Center);
    }

    private static void Bar(SKCanvas canvas, SKRect area, SKColor color)
    {
        if (area.Height <= 0) return;
        using var paint = new SKPaint { Color = color, IsAntialias = true };
        canvas.DrawRect(area, paint);
    }
}

using SkiaSharp;

namespace PgmCluster.Data.Images;

/// <summary>Lays pictures out in rows, as a sheet of samples.</summary>
public static class ImageGrid
{
    private static readonly SKColor Background = SKColors.White;
    private static readonly SKColor Ink = new(0x33, 0x3A, 0x45);

    /// <summary>Small pictures are enlarged to about this many pixels, so that a person sees them.</summary>
    private const int VisibleSize = 84;

    /// <summary>As <see cref="Compose"/>, with pictures and gaps as large as a person sees them.</summary>
    public static RgbImage ComposeVisible(IReadOnlyList<RgbImage> images, int columns, IReadOnlyList<string>? rowLabels)
    {
        var scale = Math.Max(1, VisibleSize / images[0].Width);
        return Compose(images, columns, padding: 2 * scale, scale: scale, rowLabels: rowLabels);
    }

    /// <summary>Composes the sheet, filled row by row.</summary>
    /// <param name="images">At least one, all of one size.</param>
    /// <param name="columns">Pictures per row, at least 1.</param>
    /// <param name="padding">Pixels between pictures and around them.</param>
    /// <param name="scale">Every pixel becomes a square of this side.</param>
    /// <param name="rowLabels">A text left of each row; rows beyond the list have none.</param>
    /// <exception cref="ArgumentException">No pictures, or pictures of different sizes.</exception>
    public static RgbImage Compose(
        IReadOnlyList<RgbImage> images, int columns, int padding = 2, int scale = 1, IReadOnlyList<string>? rowLabels = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(padding);
        ArgumentOutOfRangeException.ThrowIfLessThan(scale, 1);
        if (images.Count == 0) throw new ArgumentException("A grid needs at least one picture.", nameof(images));
        var (width, height) = (images[0].Width, images[0].Height);
        if (images.Any(image => image.Width != width || image.Height != height))
            throw new ArgumentException($"Not all pictures are {width}x{height} as the first is.", nameof(images));

        var cellWidth = width * scale + padding;
        var cellHeight = height * scale + padding;
        var rows = (images.Count + columns - 1) / columns;
        var textHeight = Math.Clamp(cellHeight / 4f, 7, 14);
        var margin = rowLabels is { Count: > 0 }
            ? (int)Math.Ceiling(rowLabels.Max(l => StrokeFont.Measure(l, textHeight)) + 1.5f * textHeight)
            : 0;

        using var canvas = new Canvas(
            checked(margin + padding + Math.Min(columns, images.Count) * cellWidth), checked(padding + rows * cellHeight), Background);
        for (var row = 0; row < Math.Min(rows, rowLabels?.Count ?? 0); row++)
        {
            var baseline = padding + row * cellHeight + (height * scale + textHeight) / 2;
            StrokeFont.Draw(canvas.Skia, rowLabels![row], margin - 0.75f * textHeight, baseline, textHeight, Ink, SKTextAlign.Right);
        }
        var sheet = canvas.ToImage();
        for (var i = 0; i < images.Count; i++)
            Paste(images[i], scale, sheet, margin + padding + i % columns * cellWidth, padding + i / columns * cellHeight);
        return sheet;
    }

    private static void Paste(RgbImage image, int scale, RgbImage sheet, int left, int top)
    {
        for (var y = 0; y < image.Height * scale; y++)
        {
            var from = image.Row(y / scale);
            var to = sheet.Row(top + y)[(left * RgbImage.Channels)..];
            for (var x = 0; x < image.Width * scale; x++)
                from.Slice(x / scale * RgbImage.Channels, RgbImage.Channels).CopyTo(to[(x * RgbImage.Channels)..]);
        }
    }
}

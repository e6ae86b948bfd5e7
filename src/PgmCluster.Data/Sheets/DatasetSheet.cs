using System.Globalization;
using PgmCluster.Data.Images;
using PgmCluster.Data.Manifests;
using SkiaSharp;

namespace PgmCluster.Data.Sheets;

/// <summary>A dataset at a glance: a row of images per class, how many each class has, how large the images are.</summary>
public static class DatasetSheet
{
    private const int Margin = 24, Gap = 4, NameWidth = 190, TitleHeight = 60;
    private const float TextHeight = 8.5f;

    /// <summary>Not white, which many images are.</summary>
    private static readonly SKColor Paper = new(0xEE, 0xF0, 0xF4);

    /// <summary>Draws the sheet; equal data give equal pixels on every machine.</summary>
    /// <param name="title">Above it.</param>
    /// <param name="remark">Below the title: what the rows are.</param>
    /// <param name="rows">The classes that are shown with images, at least one; all images of one size.</param>
    /// <param name="classes">All classes, for their balance.</param>
    /// <param name="sizes">How large images are; null where that was not recorded.</param>
    public static RgbImage Render(
        string title, string remark, IReadOnlyList<SheetClass> rows, IReadOnlyList<SheetClass> classes, PictureSizes? sizes)
    {
        var columns = Math.Max(1, rows.Max(r => r.Pictures.Count));
        var side = rows.SelectMany(r => r.Pictures).FirstOrDefault()?.Height ?? 0;
        var cell = side + Gap;
        var rowHeight = Math.Max(cell, 36);
        var width = Math.Max(700, 2 * Margin + NameWidth + columns * cell);
        var top = TitleHeight + rows.Count * rowHeight + 20;
        using var canvas = new Canvas(width, top + SheetChart.Height + Margin, Paper);

        StrokeFont.Draw(canvas.Skia, Fitted(title, 13, width - 2 * Margin), Margin, 30, 13, SheetChart.Ink, weight: 0.155f);
        StrokeFont.Draw(
            canvas.Skia, Fitted(remark, TextHeight, width - 2 * Margin), Margin, 48, TextHeight, SheetChart.SoftInk);
        for (var row = 0; row < rows.Count; row++) DrawNames(canvas.Skia, rows[row], TitleHeight + row * rowHeight + rowHeight / 2f);
        var half = (width - 3 * Margin) / 2f;
        SheetChart.Balance(canvas.Skia, new SKPoint(Margin, top), half, classes);
        if (sizes is not null) SheetChart.Sizes(canvas.Skia, new SKPoint(2 * Margin + half, top), half, sizes);

        var sheet = canvas.ToImage();
        for (var row = 0; row < rows.Count; row++)
        {
            for (var column = 0; column < rows[row].Pictures.Count; column++)
                Copy(rows[row].Pictures[column], sheet, Margin + NameWidth + column * cell, TitleHeight + row * rowHeight);
        }
        return sheet;
    }

    private static void DrawNames(SKCanvas canvas, SheetClass row, float middle)
    {
        StrokeFont.Draw(canvas, Fitted(row.Name, TextHeight + 1, NameWidth - 16), Margin, middle - 2, TextHeight + 1, SheetChart.Ink);
        if (row is not { Training: { } training, HeldOut: { } held }) return;
        var counts = string.Create(CultureInfo.InvariantCulture, $"{training}{(held > 0 ? $" + {held} held out" : "")}");
        StrokeFont.Draw(canvas, counts, Margin, middle + 14, TextHeight - 1, SheetChart.SoftInk);
    }

    private static string Fitted(string text, float height, float width)
    {
        if (StrokeFont.Measure(text, height) <= width) return text;
        var length = text.Length;
        while (length > 1 && StrokeFont.Measure(text[..length] + "...", height) > width) length--;
        return text[..length] + "...";
    }

    private static void Copy(RgbImage picture, RgbImage sheet, int x, int y)
    {
        for (var row = 0; row < picture.Height; row++) picture.Row(row).CopyTo(sheet.Row(y + row)[(x * RgbImage.Channels)..]);
    }
}

using System.Runtime.InteropServices;
using SkiaSharp;

namespace PgmCluster.Benchmarks.Proofs.Pictures;

/// <summary>Sequential JPEGs of bare pixels.</summary>
internal static class SkiaJpeg
{
    /// <param name="pixels">Rows without gaps, as <paramref name="info"/> says.</param>
    /// <param name="info">Size and order of the components.</param>
    /// <param name="quality">1 to 100.</param>
    public static byte[] Encode(byte[] pixels, SKImageInfo info, int quality)
    {
        using var bitmap = new SKBitmap(info);
        Marshal.Copy(pixels, 0, bitmap.GetPixels(), pixels.Length);
        using var map = bitmap.PeekPixels() ?? throw new InvalidOperationException($"No pixels: Skia holds none of {info.Width}x{info.Height}.");
        using var data = map.Encode(SKEncodedImageFormat.Jpeg, quality)
            ?? throw new InvalidOperationException($"No JPEG: Skia encodes no pixels of {info.ColorType}.");
        return data.ToArray();
    }
}

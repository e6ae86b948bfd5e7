using System.Runtime.InteropServices;
using SkiaSharp;

namespace PgmCluster.Data.Images;

/// <summary>Encodes pictures as PNG, without loss; equal pictures give equal bytes.</summary>
public static class PngWriter
{
    /// <summary>The bytes of a PNG file of 8-bit RGB.</summary>
    public static byte[] Encode(RgbImage image)
    {
        var info = new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using var bitmap = new SKBitmap(info);
        var rgba = MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(bitmap.GetPixelSpan()), bitmap.ByteCount);
        for (var y = 0; y < image.Height; y++)
        {
            var from = image.Row(y);
            var to = rgba[(y * bitmap.RowBytes)..];
            for (var x = 0; x < image.Width; x++)
            {
                from.Slice(x * 3, 3).CopyTo(to[(x * 4)..]);
                to[x * 4 + 3] = 255;
            }
        }
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }
}

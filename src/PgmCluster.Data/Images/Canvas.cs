using SkiaSharp;

namespace PgmCluster.Data.Images;

/// <summary>A drawing surface that ends as an <see cref="RgbImage"/>.</summary>
internal sealed class Canvas : IDisposable
{
    private readonly SKBitmap _bitmap;

    public Canvas(int width, int height, SKColor background)
    {
        _bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        Skia = new SKCanvas(_bitmap);
        Skia.Clear(background);
    }

    public SKCanvas Skia { get; }

    public RgbImage ToImage()
    {
        Skia.Flush();
        var image = new RgbImage(_bitmap.Width, _bitmap.Height);
        var rgba = _bitmap.GetPixelSpan();
        for (var y = 0; y < image.Height; y++)
        {
            var from = rgba.Slice(y * _bitmap.RowBytes, image.Width * 4);
            var to = image.Row(y);
            for (var x = 0; x < image.Width; x++) from.Slice(x * 4, 3).CopyTo(to[(x * 3)..]);
        }
        return image;
    }

    public void Dispose()
    {
        Skia.Dispose();
        _bitmap.Dispose();
    }
}

namespace PgmCluster.Data.Images;

/// <summary>Pixels in memory of somebody else's: red, green and blue are the first three bytes of each.</summary>
/// <param name="pixels">[height, width, <paramref name="bytesPerPixel"/>]</param>
/// <param name="width">Pixels, at least 1.</param>
/// <param name="height">Pixels, at least 1.</param>
/// <param name="bytesPerPixel">At least 3; what comes after the third is not looked at.</param>
internal readonly ref struct PixelRows(ReadOnlySpan<byte> pixels, int width, int height, int bytesPerPixel)
{
    private readonly ReadOnlySpan<byte> _pixels = pixels;

    public int Width { get; } = width;

    public int Height { get; } = height;

    public int BytesPerPixel { get; } = bytesPerPixel;

    public static PixelRows Of(RgbImage image) => new(image.Pixels, image.Width, image.Height, RgbImage.Channels);

    public ReadOnlySpan<byte> Row(int y) => _pixels.Slice(y * Width * BytesPerPixel, Width * BytesPerPixel);

    /// <summary>A picture of its own with the same pixels.</summary>
    public RgbImage ToImage()
    {
        var image = new RgbImage(Width, Height);
        for (var y = 0; y < Height; y++) CopyRow(y, 0, image.Row(y));
        return image;
    }

    /// <summary>Copies red, green and blue of a row from a column on.</summary>
    public void CopyRow(int y, int column, Span<byte> rgb)
    {
        var from = Row(y)[(column * BytesPerPixel)..];
        if (BytesPerPixel == RgbImage.Channels)
        {
            from[..rgb.Length].CopyTo(rgb);
            return;
        }
        for (int p = 0, to = 0; to < rgb.Length; p += BytesPerPixel, to += RgbImage.Channels)
        {
            rgb[to] = from[p];
            rgb[to + 1] = from[p + 1];
            rgb[to + 2] = from[p + 2];
        }
    }
}

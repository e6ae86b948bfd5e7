namespace PgmCluster.Data.Images;

/// <summary>From a picture of any size to a network's input.</summary>
public static class ImagePreparation
{
    private static readonly float[] Normalized = MakeNormalized();

    /// <summary>Resizes the shorter side to <paramref name="size"/>, keeping the proportions, and cuts out the centre.</summary>
    /// <param name="image">Any picture; it is returned itself if it is right already.</param>
    /// <param name="size">Pixels, at least 1.</param>
    /// <returns><paramref name="size"/> x <paramref name="size"/> pixels.</returns>
    public static RgbImage Prepare(RgbImage image, int size) =>
        image.Width == size && image.Height == size ? image : Prepare(PixelRows.Of(image), size);

    /// <inheritdoc cref="Prepare(RgbImage, int)"/>
    internal static RgbImage Prepare(PixelRows image, int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        var shorter = Math.Min(image.Width, image.Height);
        var width = LongerSide(size, image.Width, shorter);
        var height = LongerSide(size, image.Height, shorter);
        return PillowResampler.ResizeAndCrop(image, width, height, CropStart(width, size), CropStart(height, size), size, size);
    }

    /// <summary>Maps 0..255 to -1..1, as (x / 255 - 0.5) / 0.5 in float32.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="chw">Receives [3, height, width]; of exactly that length.</param>
    /// <exception cref="ArgumentException"><paramref name="chw"/> has another length.</exception>
    public static void Normalize(RgbImage image, Span<float> chw)
    {
        var area = image.Width * image.Height;
        if (chw.Length != area * RgbImage.Channels)
            throw new ArgumentException(
                $"{image.Width}x{image.Height} pixels need {area * RgbImage.Channels} floats, not {chw.Length}.", nameof(chw));
        var red = chw[..area];
        var green = chw.Slice(area, area);
        var blue = chw[(2 * area)..];
        var pixels = image.Pixels.AsSpan();
        var table = Normalized;
        for (int i = 0, p = 0; i < area; i++, p += RgbImage.Channels)
        {
            red[i] = table[pixels[p]];
            green[i] = table[pixels[p + 1]];
            blue[i] = table[pixels[p + 2]];
        }
    }

    private static int LongerSide(int size, int side, int shorter) => side == shorter ? size : (int)((double)(size * (long)side) / shorter);

    // Half a pixel goes to the even neighbour, as in Python.
    private static int CropStart(int side, int size) => (int)Math.Round((side - size) / 2.0, MidpointRounding.ToEven);

    private static float[] MakeNormalized()
    {
        var table = new float[256];
        for (var value = 0; value < table.Length; value++) table[value] = (value / 255f - 0.5f) / 0.5f;
        return table;
    }
}

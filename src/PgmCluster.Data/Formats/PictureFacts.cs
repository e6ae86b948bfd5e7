using System.Security.Cryptography;
using PgmCluster.Data.Images;
using PgmCluster.Data.Sources;

namespace PgmCluster.Data.Formats;

/// <summary>What an index keeps of a picture.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Stored">SHA-256 of the bytes that the decoder is given.</param>
/// <param name="Content">As in <see cref="PictureContent"/>.</param>
/// <param name="Alpha">What dropping transparency makes of it.</param>
internal readonly record struct PictureFacts(int Width, int Height, byte[] Stored, byte[] Content, PictureAlpha Alpha)
{
    /// <summary>
    /// Looks at a picture: those whose format keeps every pixel, and those with an alpha channel, are decoded; of the others the header is
    /// read.
    /// </summary>
    /// <param name="encoded">As <see cref="ImageDecoder"/> reads it.</param>
    /// <param name="name">For messages.</param>
    /// <exception cref="BadInputException">It cannot be decoded.</exception>
    public static PictureFacts Of(ReadOnlySpan<byte> encoded, string name)
    {
        var stored = SHA256.HashData(encoded);
        var (width, height, image, isTransparent) = ImageDecoder.Look(encoded, name);
        var alpha = !isTransparent ? PictureAlpha.None : IsUniform(image!) ? PictureAlpha.Uniform : PictureAlpha.Transparent;
        var content = ImageDecoder.KeepsEveryPixel(encoded) ? PictureContent.HashOf(image!) : stored;
        return new PictureFacts(width, height, stored, content, alpha);
    }

    // Equal to itself moved by one pixel.
    private static bool IsUniform(RgbImage image) =>
        image.Pixels.AsSpan(RgbImage.Channels).SequenceEqual(image.Pixels.AsSpan(0, image.Pixels.Length - RgbImage.Channels));
}

using System.Security.Cryptography;
using PgmCluster.Data.Images;
using PgmCluster.Data.Sources;

namespace PgmCluster.Data.Formats;

/// <summary>What an index keeps of a picture.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Stored">SHA-256 of the bytes that the decoder is given.</param>
/// <param name="Content">As in <see cref="PictureContent"/>.</param>
internal readonly record struct PictureFacts(int Width, int Height, byte[] Stored, byte[] Content)
{
    /// <summary>Looks at a picture: those whose format keeps every pixel are decoded, of the others the header is read.</summary>
    /// <param name="encoded">As <see cref="ImageDecoder"/> reads it.</param>
    /// <param name="name">For messages.</param>
    /// <exception cref="BadInputException">It cannot be decoded.</exception>
    public static PictureFacts Of(ReadOnlySpan<byte> encoded, string name)
    {
        var stored = SHA256.HashData(encoded);
        if (!ImageDecoder.KeepsEveryPixel(encoded))
        {
            var (width, height) = ImageDecoder.ReadSize(encoded, name);
            return new PictureFacts(width, height, stored, stored);
        }
        var image = ImageDecoder.Decode(encoded, name);
        return new PictureFacts(image.Width, image.Height, stored, PictureContent.HashOf(image));
    }
}

using System.Buffers.Binary;
using System.Security.Cryptography;
using PgmCluster.Data.Images;

namespace PgmCluster.Data.Sources;

/// <summary>
/// What a picture is wherever it lies: SHA-256 of width, height (U32, little-endian) and RGB bytes where its format keeps every pixel, of
/// the file where it does not (JPEG, WebP), so that only small formats are decoded for it.
/// </summary>
internal static class PictureContent
{
    /// <summary>The hash of a picture's pixels.</summary>
    public static byte[] HashOf(RgbImage image)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> size = stackalloc byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(size, (uint)image.Width);
        BinaryPrimitives.WriteUInt32LittleEndian(size[4..], (uint)image.Height);
        hash.AppendData(size);
        hash.AppendData(image.Pixels);
        return hash.GetHashAndReset();
    }
}

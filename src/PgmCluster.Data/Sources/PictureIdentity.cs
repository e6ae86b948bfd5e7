using System.Buffers.Binary;
using System.Security.Cryptography;
using PgmCluster.Data.Images;

namespace PgmCluster.Data.Sources;

/// <summary>What tells a picture of a source from every other.</summary>
/// <param name="Name">Its file relative to the source's directory, '/'-separated; empty where many pictures share a file.</param>
/// <param name="Length">Bytes of that file; 0 where many pictures share one.</param>
/// <param name="Stored">SHA-256 of that file; empty where many pictures share one.</param>
/// <param name="Content">
/// SHA-256 of the picture wherever it lies: of width, height (U32, little-endian) and RGB bytes where its format keeps every pixel, of the
/// file where it does not (JPEG, WebP), so that only small formats are decoded for it.
/// </param>
public readonly record struct PictureIdentity(string Name, long Length, byte[] Stored, byte[] Content)
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

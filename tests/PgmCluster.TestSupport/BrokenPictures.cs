using System.Buffers.Binary;

namespace PgmCluster.TestSupport;

/// <summary>Pictures that registering takes, since their headers are right, and that cannot be decoded.</summary>
public static class BrokenPictures
{
    private const int RiffHeader = 8, ChunkHeader = 20;

    /// <summary>A WebP whose pixels end in the middle; each number gives other bytes.</summary>
    public static byte[] Webp(int number = 0)
    {
        var whole = File.ReadAllBytes(Path.Combine(RepositoryRoot.Path, "tests", "golden", "pictures", "webp-lossy.webp"));
        var cut = whole[..(whole.Length * 3 / 4 / 2 * 2)];
        BinaryPrimitives.WriteInt32LittleEndian(cut.AsSpan(4), cut.Length - RiffHeader);
        BinaryPrimitives.WriteInt32LittleEndian(cut.AsSpan(16), cut.Length - ChunkHeader);
        BinaryPrimitives.WriteInt32LittleEndian(cut.AsSpan(cut.Length - 4), number);
        return cut;
    }
}

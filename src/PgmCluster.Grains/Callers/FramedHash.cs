using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace PgmCluster.Grains.Callers;

/// <summary>Parts with their lengths: no two lists of parts are the same text.</summary>
internal static class FramedHash
{
    public static void Add(this IncrementalHash hash, ReadOnlySpan<byte> part)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, part.Length);
        hash.AppendData(length);
        hash.AppendData(part);
    }

    public static void Add(this IncrementalHash hash, string part) => hash.Add(Encoding.UTF8.GetBytes(part));
}

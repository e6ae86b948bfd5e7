using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace PgmCluster.Grains.Callers;

/// <summary>Parts with their lengths: no two lists of parts are the same text.</summary>
internal static class FramedHash
{
    /// <summary>Bytes of a part's length.</summary>
    public const int LengthBytes = sizeof(int);

    public static void Add(this IncrementalHash hash, ReadOnlySpan<byte> part)
    {
        Span<byte> length = stackalloc byte[LengthBytes];
        BinaryPrimitives.WriteInt32LittleEndian(length, part.Length);
        hash.AppendData(length);
        hash.AppendData(part);
    }

    public static void Add(this IncrementalHash hash, string part) => hash.Add(Encoding.UTF8.GetBytes(part));

    /// <summary>The same into memory, for all of it to be hashed at once.</summary>
    /// <returns>What is left of <paramref name="into"/>.</returns>
    public static Span<byte> Put(Span<byte> into, ReadOnlySpan<byte> part)
    {
        BinaryPrimitives.WriteInt32LittleEndian(into, part.Length);
        part.CopyTo(into[LengthBytes..]);
        return into[(LengthBytes + part.Length)..];
    }

    /// <inheritdoc cref="Put(Span{byte}, ReadOnlySpan{byte})"/>
    public static Span<byte> Put(Span<byte> into, string part)
    {
        var bytes = Encoding.UTF8.GetBytes(part, into[LengthBytes..]);
        BinaryPrimitives.WriteInt32LittleEndian(into, bytes);
        return into[(LengthBytes + bytes)..];
    }

    /// <summary>Most bytes that a text takes with its length.</summary>
    public static int Most(string part) => LengthBytes + Encoding.UTF8.GetMaxByteCount(part.Length);
}

using System.Buffers.Binary;
using System.Security.Cryptography;

namespace PgmCluster.Grains.Jobs;

/// <summary>
/// Seeds of chunks: each chunk draws from a stream of its own, so what it makes does not depend on who made the ones before.
/// </summary>
public static class ChunkSeeds
{
    /// <summary>
    /// The first 8 bytes (little-endian, sign bit cleared) of SHA-256 over the ASCII text "pgm-chunk", the job's seed and the chunk's
    /// index, both as 8 little-endian bytes. Part of what a job's result is: never to be changed.
    /// </summary>
    public static long Derive(long seed, int chunk)
    {
        Span<byte> bytes = stackalloc byte[25];
        "pgm-chunk"u8.CopyTo(bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[9..], seed);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[17..], chunk);
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(bytes, hash);
        return BinaryPrimitives.ReadInt64LittleEndian(hash) & long.MaxValue;
    }
}

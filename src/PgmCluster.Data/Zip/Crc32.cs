using System.Buffers.Binary;

namespace PgmCluster.Data.Zip;

/// <summary>The checksum of zip files (polynomial 0xEDB88320, reflected), sixteen bytes at a time: about 2 GB/s a core.</summary>
internal sealed class Crc32
{
    private const int Slices = 16;
    private static readonly uint[] Tables = MakeTables();
    private uint _state = uint.MaxValue;

    /// <summary>The checksum of all bytes so far.</summary>
    public uint Value => ~_state;

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = new Crc32();
        crc.Append(bytes);
        return crc.Value;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        var tables = Tables;
        var state = _state;
        while (bytes.Length >= Slices)
        {
            var a = BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ state;
            var b = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            var c = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
            var d = BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]);
            state = tables[15 * 256 + (byte)a] ^ tables[14 * 256 + (byte)(a >> 8)] ^ tables[13 * 256 + (byte)(a >> 16)] ^ tables[12 * 256 + (int)(a >> 24)]
                ^ tables[11 * 256 + (byte)b] ^ tables[10 * 256 + (byte)(b >> 8)] ^ tables[9 * 256 + (byte)(b >> 16)] ^ tables[8 * 256 + (int)(b >> 24)]
                ^ tables[7 * 256 + (byte)c] ^ tables[6 * 256 + (byte)(c >> 8)] ^ tables[5 * 256 + (byte)(c >> 16)] ^ tables[4 * 256 + (int)(c >> 24)]
                ^ tables[3 * 256 + (byte)d] ^ tables[2 * 256 + (byte)(d >> 8)] ^ tables[256 + (byte)(d >> 16)] ^ tables[(int)(d >> 24)];
            bytes = bytes[Slices..];
        }
        foreach (var value in bytes) state = tables[(byte)(state ^ value)] ^ (state >> 8);
        _state = state;
    }

    private static uint[] MakeTables()
    {
        var tables = new uint[Slices * 256];
        for (var i = 0; i < 256; i++)
        {
            var value = (uint)i;
            for (var bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? 0xEDB88320 ^ (value >> 1) : value >> 1;
            tables[i] = value;
        }
        for (var i = 256; i < tables.Length; i++) tables[i] = tables[(byte)tables[i - 256]] ^ (tables[i - 256] >> 8);
        return tables;
    }
}

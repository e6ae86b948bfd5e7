using System.Buffers.Binary;
using System.Text;

namespace PgmCluster.Modeling.Runtime;

/// <summary>The dynamic symbols of a 64-bit ELF library (System V ABI, "Object files").</summary>
internal static class ElfSymbols
{
    private const uint DynamicSymbols = 11;
    private const int SymbolSize = 24, Weak = 2;

    /// <summary>Names of the symbols that the library needs from others; those that may be missing (weak ones) are left out.</summary>
    /// <exception cref="InvalidDataException">Not such a library.</exception>
    public static IReadOnlyList<string> Undefined(string path)
    {
        ReadOnlySpan<byte> image = File.ReadAllBytes(path);
        if (image.Length < 64 || !image[..5].SequenceEqual("\u007fELF\u0002"u8))
            throw new InvalidDataException($"Reading {path}: it is not a 64-bit ELF library. Install PgmCluster again.");
        var (table, size, count) = ((int)Long(image, 40), Short(image, 58), Short(image, 60));
        for (var i = 0; i < count; i++)
        {
            var section = image.Slice(table + i * size, size);
            if (Word(section, 4) != DynamicSymbols) continue;
            var symbols = image.Slice((int)Long(section, 24), (int)Long(section, 32));
            var names = image[(int)Long(image.Slice(table + (int)Word(section, 40) * size, size), 24)..];
            return Undefined(symbols, names);
        }
        throw new InvalidDataException($"Reading {path}: it has no dynamic symbols. Install PgmCluster again.");
    }

    private static List<string> Undefined(ReadOnlySpan<byte> symbols, ReadOnlySpan<byte> names)
    {
        var undefined = new List<string>();
        for (var at = SymbolSize; at + SymbolSize <= symbols.Length; at += SymbolSize)
        {
            var isUndefined = Short(symbols, at + 6) == 0;
            if (!isUndefined || symbols[at + 4] >> 4 == Weak) continue;
            var name = names[(int)Word(symbols, at)..];
            undefined.Add(Encoding.ASCII.GetString(name[..name.IndexOf((byte)0)]));
        }
        return undefined;
    }

    private static ushort Short(ReadOnlySpan<byte> image, int at) => BinaryPrimitives.ReadUInt16LittleEndian(image[at..]);

    private static uint Word(ReadOnlySpan<byte> image, int at) => BinaryPrimitives.ReadUInt32LittleEndian(image[at..]);

    private static long Long(ReadOnlySpan<byte> image, int at) => BinaryPrimitives.ReadInt64LittleEndian(image[at..]);
}

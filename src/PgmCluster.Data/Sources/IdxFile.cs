using System.Buffers.Binary;
using System.IO.Compression;

namespace PgmCluster.Data.Sources;

/// <summary>One file of MNIST's IDX format, plain or gzipped, held in memory.</summary>
/// <param name="Path">Where it was read.</param>
/// <param name="Shape">The sizes, outermost first.</param>
/// <param name="Bytes">The whole file, unpacked.</param>
internal sealed record IdxFile(string Path, int[] Shape, byte[] Bytes)
{
    private const int UnsignedByte = 8;

    /// <summary>The elements without the header.</summary>
    public ReadOnlySpan<byte> Data => Bytes.AsSpan(4 + 4 * Shape.Length);

    /// <summary>Reads and checks a file of unsigned bytes.</summary>
    /// <param name="path">The file; gzipped if its name ends in <c>.gz</c>.</param>
    /// <param name="dimensions">How many sizes it must have.</param>
    /// <exception cref="BadInputException">It is something else, or broken; the message says how.</exception>
    public static IdxFile Read(string path, int dimensions)
    {
        try
        {
            using var file = File.OpenRead(path);
            if (!path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)) return Read(file, path, dimensions);
            CheckGzip(file, path);
            var announced = UnpackedLength(file);
            using var unpacked = new GZipStream(file, CompressionMode.Decompress);
            var idx = Read(unpacked, path, dimensions);
            // The stream itself takes a file whose checksum and length are cut off for a whole one.
            if (announced != (uint)idx.Bytes.Length)
                throw Bad(path, "its gzip data end without their length: it is truncated, or made of several parts (then unpack it)");
            return idx;
        }
        catch (InvalidDataException e)
        {
            throw Bad(path, "its gzip data are corrupt or truncated", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Bad(path, e.Message.TrimEnd('.'), e);
        }
    }

    private static IdxFile Read(Stream stream, string path, int dimensions)
    {
        var header = new byte[4 + 4 * dimensions];
        var got = stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        if (got < 4) throw Bad(path, $"it is truncated: {got} bytes of content");
        var magic = BinaryPrimitives.ReadInt32BigEndian(header);
        var expected = UnsignedByte << 8 | dimensions;
        if (magic != expected)
            throw Bad(path, $"it begins with 0x{magic:x8}, not 0x{expected:x8} as unsigned bytes with {dimensions} dimension(s) do");
        if (got < header.Length) throw Bad(path, "it is truncated within its header");

        var shape = new int[dimensions];
        Int128 length = header.Length;
        Int128 elements = 1;
        for (var i = 0; i < dimensions; i++)
        {
            shape[i] = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4 + 4 * i));
            if (shape[i] < 1) throw Bad(path, $"its header holds the size {shape[i]}");
            elements *= shape[i];
        }
        length += elements;
        if (length > Array.MaxLength) throw Bad(path, $"its header announces {elements} bytes, more than this program holds in memory");

        var bytes = new byte[(int)length];
        header.CopyTo(bytes, 0);
        got = stream.ReadAtLeast(bytes.AsSpan(header.Length), bytes.Length - header.Length, throwOnEndOfStream: false);
        if (got < bytes.Length - header.Length)
            throw Bad(path, $"it is truncated: {got} bytes of content where its header announces {elements}");
        // Reading past the end also makes the unpacking check its checksum.
        if (stream.ReadByte() >= 0) throw Bad(path, $"it goes on after the {elements} bytes that its header announces");
        return new IdxFile(path, shape, bytes);
    }

    private static void CheckGzip(FileStream file, string path)
    {
        Span<byte> start = stackalloc byte[2];
        var got = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        if (got < start.Length || start[0] != 0x1F || start[1] != 0x8B) throw Bad(path, "it is not gzipped, although its name says so");
        file.Position = 0;
    }

    private static uint UnpackedLength(FileStream file)
    {
        Span<byte> end = stackalloc byte[4];
        file.Position = Math.Max(0, file.Length - end.Length);
        file.ReadAtLeast(end, end.Length, throwOnEndOfStream: false);
        file.Position = 0;
        return BinaryPrimitives.ReadUInt32LittleEndian(end);
    }

    private static BadInputException Bad(string path, string found, Exception? inner = null)
    {
        var message = $"Reading the IDX file {path}: {found}. Download or copy it anew.";
        return inner is null ? new(message) : new(message, inner);
    }
}

using System.Buffers.Binary;
using SkiaSharp;

namespace PgmCluster.Benchmarks.Proofs.Pictures;

/// <summary>
/// A plane of 8-bit values as a sequential JPEG of one component (ITU-T T.81), taken apart so that others can be made of it.
/// </summary>
internal sealed class GrayJpeg
{
    private const byte Quantization = 0xDB, Huffman = 0xC4, Scan = 0xDA;

    private GrayJpeg(byte[] quantization, byte[] dc, byte[] ac, byte[] scan) =>
        (Quantizer, DcTable, AcTable, Entropy) = (quantization, dc, ac, scan);

    /// <summary>The 64 divisors, without the byte that numbers the table.</summary>
    public byte[] Quantizer { get; }

    /// <summary>Counts of codes by length [16], then the symbols, as the next.</summary>
    public byte[] DcTable { get; }

    public byte[] AcTable { get; }

    /// <summary>The entropy-coded blocks, row by row, with stuffed zeros.</summary>
    public byte[] Entropy { get; }

    /// <summary>Encodes a plane.</summary>
    public static GrayJpeg Encode(byte[] values, int width, int height, int quality) => Parse(Bytes(values, width, height, quality));

    /// <summary>The same as a file.</summary>
    public static byte[] Bytes(byte[] values, int width, int height, int quality) =>
        SkiaJpeg.Encode(values, new SKImageInfo(width, height, SKColorType.Gray8, SKAlphaType.Opaque), quality);

    private static GrayJpeg Parse(ReadOnlySpan<byte> file)
    {
        byte[] quantizer = [], dc = [], ac = [];
        var at = 2;
        while (true)
        {
            var (marker, length) = (file[at + 1], BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]));
            var content = file.Slice(at + 4, length - 2);
            at += 2 + length;
            if (marker == Quantization) quantizer = content.Slice(1, 64).ToArray();
            for (var rest = content; marker == Huffman && rest.Length > 0;)
            {
                var table = rest.Slice(1, 16 + Symbols(rest.Slice(1, 16)));
                if (rest[0] >> 4 == 0) dc = table.ToArray();
                else ac = table.ToArray();
                rest = rest[(1 + table.Length)..];
            }
            if (marker == Scan) return new GrayJpeg(quantizer, dc, ac, file[at..^2].ToArray());
        }
    }

    private static int Symbols(ReadOnlySpan<byte> counts)
    {
        var sum = 0;
        foreach (var count in counts) sum += count;
        return sum;
    }
}

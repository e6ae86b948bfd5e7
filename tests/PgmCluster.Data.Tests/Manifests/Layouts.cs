using System.Buffers.Binary;
using System.Formats.Tar;
using PgmCluster.Data.Images;
using PgmCluster.Data.Tests.Formats;

namespace PgmCluster.Data.Tests.Manifests;

/// <summary>Pictures of 4 x 4 pixels of one gray, their number, with the label number modulo 3, in several layouts.</summary>
internal static class Layouts
{
    public const int Side = 4;

    public static byte[] Png(int number) => PngWriter.Encode(Picture(number));

    public static TemporaryDirectory Folder(int count, Func<int, string> name)
    {
        var directory = new TemporaryDirectory();
        for (var i = 0; i < count; i++) directory.Write(name(i), Png(i));
        return directory;
    }

    public static TemporaryDirectory Idx(IEnumerable<int> numbers, string pair = "train", bool gzip = false)
    {
        var directory = new TemporaryDirectory();
        WriteIdx(directory, numbers, pair, gzip);
        return directory;
    }

    public static void WriteIdx(TemporaryDirectory directory, IEnumerable<int> numbers, string pair = "train", bool gzip = false)
    {
        var listed = numbers.ToArray();
        Write($"{pair}-images-idx3-ubyte", Images(listed));
        Write($"{pair}-labels-idx1-ubyte", Labels(listed));

        void Write(string name, byte[] content) => directory.Write(gzip ? name + ".gz" : name, gzip ? Shards.Gzip(content) : content);
    }

    public static byte[] Images(int[] numbers) =>
        [.. Header(0x803, numbers.Length, Side, Side), .. numbers.SelectMany(n => Enumerable.Repeat((byte)n, Side * Side))];

    public static byte[] Labels(int[] numbers) => [.. Header(0x801, numbers.Length), .. numbers.Select(n => (byte)(n % 3))];

    public static byte[] Tar(IEnumerable<int> numbers) => TarScannerTests.Archive(
        TarEntryFormat.Ustar,
        [.. numbers.SelectMany(n => new[] { ($"{n:d4}.png", Png(n)), ($"{n:d4}.cls", [(byte)('0' + n % 3)]) })]);

    private static RgbImage Picture(int number)
    {
        var image = new RgbImage(Side, Side);
        Array.Fill(image.Pixels, (byte)number);
        return image;
    }

    private static byte[] Header(params int[] words)
    {
        var bytes = new byte[4 * words.Length];
        for (var i = 0; i < words.Length; i++) BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4 * i), words[i]);
        return bytes;
    }
}

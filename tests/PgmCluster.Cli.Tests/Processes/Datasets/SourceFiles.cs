using System.Buffers.Binary;
using System.Formats.Tar;
using System.Text;
using PgmCluster.Data.Images;

namespace PgmCluster.Cli.Tests.Processes.Datasets;

/// <summary>Small files of the formats that datasets come in.</summary>
internal static class SourceFiles
{
    public static void Write(string directory, string name, byte[] content)
    {
        var path = Path.Combine(directory, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
    }

    public static void Write(string directory, string name, string text) => Write(directory, name, Encoding.UTF8.GetBytes(text));

    /// <summary>A picture of 16 x 16 pixels of one colour.</summary>
    public static byte[] Png(int gray = 1)
    {
        var image = new RgbImage(16, 16);
        Array.Fill(image.Pixels, (byte)gray);
        return PngWriter.Encode(image);
    }

    /// <summary>Writes pictures that differ.</summary>
    public static void Pngs(string directory, params IEnumerable<string> names)
    {
        foreach (var (i, name) in names.Index()) Write(directory, name, Png(i));
    }

    public static void Idx(string directory, string pair, IEnumerable<int> labels)
    {
        var bytes = labels.Select(l => (byte)l).ToArray();
        Write(
            directory, $"{pair}-images-idx3-ubyte",
            [.. Header(0x803, bytes.Length, 8, 8), .. Enumerable.Range(0, bytes.Length * 64).Select(i => (byte)(i * 7 / 64))]);
        Write(directory, $"{pair}-labels-idx1-ubyte", [.. Header(0x801, bytes.Length), .. bytes]);
    }

    public static byte[] Tar(params (string Name, byte[] Content)[] members)
    {
        using var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var (name, content) in members)
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
        }
        return bytes.ToArray();
    }

    private static byte[] Header(params int[] words)
    {
        var bytes = new byte[4 * words.Length];
        for (var i = 0; i < words.Length; i++) BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4 * i), words[i]);
        return bytes;
    }
}

using System.Buffers.Binary;
using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Parquet;
using Parquet.Schema;
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

    public static byte[] Gzip(byte[] content)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest)) gzip.Write(content);
        return bytes.ToArray();
    }

    /// <summary>A pickle of Python 2 with a picture for each label, all its bytes the label and a bit.</summary>
    public static byte[] CifarBatch(params int[] labels)
    {
        byte[] pixels = [.. labels.SelectMany((l, i) => Enumerable.Repeat((byte)(8 * l + i), 3072))];
        return
        [
            0x80, 2, .. "}(U\u0006labels]("u8, .. labels.SelectMany(l => new[] { (byte)'K', (byte)l }), (byte)'e',
            .. "U\u0004datacnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\0"u8, 0x85, .. "U\u0001btR(K\u0001"u8,
            (byte)'K', (byte)labels.Length, .. "M\0\u000c"u8, 0x86,
            .. "cnumpy\ndtype\n(U\u0002u1K\0K\u0001tR(K\u0003U\u0001|NNNK\0K\0K\0tb"u8, 0x89,
            (byte)'T', .. BitConverter.GetBytes(pixels.Length), .. pixels, .. "tbu."u8,
        ];
    }

    /// <summary>A table of pictures and names of classes.</summary>
    public static byte[] Parquet(params (byte[] Picture, string Label)[] rows)
    {
        var (image, label) = (new DataField<byte[]>("image"), new DataField<string>("label"));
        using var stream = new MemoryStream();
        WriteAsync().GetAwaiter().GetResult();
        return stream.ToArray();

        async Task WriteAsync()
        {
            await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(image, label), stream);
            using var group = writer.CreateRowGroup();
            await group.WriteAsync(image, rows.Select(r => r.Picture).ToArray());
            await group.WriteAsync(label, rows.Select(r => r.Label).ToArray());
        }
    }

    private static byte[] Header(params int[] words)
    {
        var bytes = new byte[4 * words.Length];
        for (var i = 0; i < words.Length; i++) BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4 * i), words[i]);
        return bytes;
    }
}

using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using PgmCluster.Data.PyTorch;
using PgmCluster.Data.PyTorch.Writing;

namespace PgmCluster.Data.Tests.PyTorch;

/// <summary>Hand-made PyTorch files around a given pickle.</summary>
internal static class PickleFiles
{
    /// <summary>A legacy file of a pickle and its storages' bytes.</summary>
    public static byte[] Legacy(byte[] pickle, params (string Key, int ElementSize, byte[] Bytes)[] storages)
    {
        using var stream = new MemoryStream();
        stream.Write([0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.']);
        stream.Write([0x80, 2, (byte)'M', 0xe9, 3, (byte)'.']);
        stream.Write([0x80, 2, .. "}X\x0d\0\0\0little_endian"u8, 0x88, .. "s."u8]);
        stream.Write(pickle);
        stream.Write([0x80, 2, .. "]("u8, .. storages.SelectMany(s => Text(s.Key)), .. "e."u8]);
        foreach (var (_, size, bytes) in storages)
        {
            var count = new byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(count, bytes.Length / size);
            stream.Write(count);
            stream.Write(bytes);
        }
        return stream.ToArray();
    }

    /// <summary>A zip file as PyTorch writes it.</summary>
    public static byte[] Zip(object? root)
    {
        using var stream = new MemoryStream();
        PyTorchWriter.Write(stream, root);
        return stream.ToArray();
    }

    /// <summary>A zip file of a pickle (without its STOP) and its storages, as another program may write it.</summary>
    public static byte[] Zip(byte[] pickle, params (string Key, byte[] Bytes)[] storages) => Zip(pickle, "", storages);

    public static byte[] Zip(byte[] pickle, string comment, params (string Key, byte[] Bytes)[] storages)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            zip.Comment = comment;
            Add("data.pkl", [0x80, 2, .. pickle, (byte)'.']);
            Add("byteorder", "little"u8);
            foreach (var (key, bytes) in storages) Add($"data/{key}", bytes);

            void Add(string name, ReadOnlySpan<byte> bytes)
            {
                using var record = zip.CreateEntry($"archive/{name}", CompressionLevel.NoCompression).Open();
                record.Write(bytes);
            }
        }
        return stream.ToArray();
    }

    /// <summary>The instruction that pushes a text.</summary>
    public static byte[] Text(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, utf8.Length);
        return [(byte)'X', .. length, .. utf8];
    }
}

using System.Buffers.Binary;
using System.IO.Compression;
using PgmCluster.Data.Checkpoints;
using PgmCluster.Data.Pickles;
using PgmCluster.Data.PyTorch;
using PgmCluster.Data.PyTorch.Writing;
using PgmCluster.Data.Safetensors;

namespace PgmCluster.Data.Tests.PyTorch;

/// <summary>Zip files that another program has compressed, or that another kind of machine wrote.</summary>
public sealed class RepackedFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    [Fact]
    public void Read_CompressedFile_EqualsTheOriginal()
    {
        var original = PickleFiles.Zip(new PickleDictionary
        {
            ["model"] = new PickleDictionary { ["a"] = Content(3, 5), ["b"] = Content(200_000), ["none"] = Content(0, 3) },
            ["steps"] = 12L,
        });
        using var stored = Open(original);
        using var packed = Open(Repack(original, CompressionLevel.SmallestSize));
        var model = (PickleDictionary)((PickleDictionary)packed.Root!).Find("model")!;

        Assert.True(new FileInfo(packed.Path).Length < original.Length);
        Assert.Contains("records are compressed", packed.Unusual);
        Assert.Equal(12L, ((PickleDictionary)packed.Root!).Find("steps"));
        foreach (var (name, value) in (PickleDictionary)((PickleDictionary)stored.Root!).Find("model")!)
            Assert.Equal(stored.Read((PyTorchTensor)value!), packed.Read((PyTorchTensor)model.Find((string)name)!));
        var part = new byte[8];
        packed.Read((PyTorchTensor)model.Find("b")!, 400, part);
        Assert.Equal(Enumerable.Range(100, 2).SelectMany(i => BitConverter.GetBytes((float)i)), part);
    }

    [Fact]
    public void Read_CompressedFileByManyThreads_EachGetsItsTensor()
    {
        var names = Enumerable.Range(0, 40).Select(i => $"w{i}").ToList();
        var root = new PickleDictionary();
        foreach (var (name, i) in names.Select((n, i) => (n, i))) root[name] = Content(1000 + i);
        using var file = Open(Repack(PickleFiles.Zip(root), CompressionLevel.Fastest));

        Parallel.ForEach(Enumerable.Range(0, 400), i =>
        {
            var tensor = (PyTorchTensor)((PickleDictionary)file.Root!).Find(names[i % 40])!;
            Assert.Equal(4 * (1000 + (i % 40)), file.Read(tensor).Length);
            Assert.Equal(999f, BitConverter.ToSingle(file.Read(tensor), 4 * 999));
        });
    }

    [Fact]
    public void Open_CompressedCheckpoint_IsReadAndSaid()
    {
        var path = _directory.Write(
            "model.pth",
            Repack(
                PickleFiles.Zip(new PickleDictionary { ["model"] = new PickleDictionary { ["w"] = Content(2) } }),
                CompressionLevel.Optimal));

        using var checkpoint = ReferenceCheckpoint.Open(path);

        Assert.Equal("w", Assert.Single(checkpoint.Model).Name);
        Assert.Contains(
            checkpoint.Notes,
            n => n.StartsWith("unusual: ", StringComparison.Ordinal) && n.EndsWith("records are compressed", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_ChangedByteOfACompressedRecord_IsDamage()
    {
        var bytes = Repack(PickleFiles.Zip(new PickleDictionary { ["w"] = Content(50_000) }), CompressionLevel.Optimal);
        // The middle of the file is the middle of its one large record.
        bytes[bytes.Length / 2] ^= 0x55;
        using var file = Open(bytes);

        Assert.Contains(
            "damaged",
            Assert.Throws<DataCorruptException>(() => file.Read((PyTorchTensor)((PickleDictionary)file.Root!).Find("w")!)).Message);
    }

    [Fact]
    public void Open_FewBytesThatUnpackToMany_AreRefused()
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        using (var record = zip.CreateEntry("archive/data.pkl", CompressionLevel.Fastest).Open())
        {
            for (var i = 0; i < 180; i++) record.Write(new byte[1 << 20]);
        }

        Assert.Matches(
            "unpack to 188743680 bytes, over 32 times", Assert.Throws<DataCorruptException>(() => Open(stream.ToArray())).Message);
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Optimal)]
    public void Read_BigEndianFile_HasTheValuesThatWereSaved(CompressionLevel compression)
    {
        var root = new PickleDictionary
        {
            ["f32"] = Reversed(TensorType.F32, 4, 1.5f, -2f, 3f),
            ["f16"] = Reversed(TensorType.F16, 2, (Half)1.5, (Half)(-2), (Half)3),
            ["i64"] = Reversed(TensorType.I64, 8, 1L, -2L, 3L),
            ["u8"] = Reversed(TensorType.U8, 1, (byte)1, (byte)2, (byte)3),
        };
        using var file = Open(Repack(PickleFiles.Zip(root), compression, "big"));
        byte[] Read(string name) => file.Read((PyTorchTensor)((PickleDictionary)file.Root!).Find(name)!);

        Assert.Contains("big-endian", file.Unusual);
        Assert.Equal([1.5f, -2f, 3f], Enumerable.Range(0, 3).Select(i => BitConverter.ToSingle(Read("f32"), 4 * i)));
        Assert.Equal([(Half)1.5, (Half)(-2), (Half)3], Enumerable.Range(0, 3).Select(i => BitConverter.ToHalf(Read("f16"), 2 * i)));
        Assert.Equal([1L, -2L, 3L], Enumerable.Range(0, 3).Select(i => BitConverter.ToInt64(Read("i64"), 8 * i)));
        Assert.Equal(new byte[] { 1, 2, 3 }, Read("u8"));
        var part = new byte[4];
        file.Read((PyTorchTensor)((PickleDictionary)file.Root!).Find("f32")!, 4, part);
        Assert.Equal(-2f, BinaryPrimitives.ReadSingleLittleEndian(part));
    }

    [Fact]
    public void Open_UnknownByteOrder_IsRefused() =>
        Assert.Contains(
            "neither 'little' nor 'big'",
            Assert.Throws<DataCorruptException>(
                () => Open(Repack(PickleFiles.Zip(new PickleDictionary()), CompressionLevel.NoCompression, "pdp"))).Message);

    public void Dispose() => _directory.Dispose();

    private PyTorchFile Open(byte[] bytes) => PyTorchFile.Open(_directory.Write($"{Guid.NewGuid():N}.pth", bytes));

    /// <summary>0, 1, 2, ... as float32.</summary>
    private static TensorContent Content(params long[] shape) => new(TensorType.F32, shape, stream =>
    {
        for (var i = 0; i < shape.Aggregate(1L, (a, b) => a * b); i++) stream.Write(BitConverter.GetBytes((float)i));
    });

    private static TensorContent Reversed(TensorType type, int size, params object[] values) => new(type, [values.Length], stream =>
    {
        foreach (var value in values)
        {
            var bytes = value switch
            {
                float f => BitConverter.GetBytes(f),
                Half h => BitConverter.GetBytes(h),
                long l => BitConverter.GetBytes(l),
                _ => [(byte)value],
            };
            Assert.Equal(size, bytes.Length);
            Array.Reverse(bytes);
            stream.Write(bytes);
        }
    });

    /// <summary>The same records packed by another program.</summary>
    private static byte[] Repack(byte[] file, CompressionLevel compression, string? byteOrder = null)
    {
        using var target = new MemoryStream();
        using (var from = new ZipArchive(new MemoryStream(file)))
        using (var to = new ZipArchive(target, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var entry in from.Entries)
            {
                using var content = entry.Open();
                using var record = to.CreateEntry(entry.FullName, compression).Open();
                if (byteOrder is not null && entry.Name == "byteorder") record.Write(System.Text.Encoding.ASCII.GetBytes(byteOrder));
                else content.CopyTo(record);
            }
        }
        return target.ToArray();
    }
}

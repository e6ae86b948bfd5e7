using System.Buffers.Binary;
using System.Text;
using PgmCluster.Data.Safetensors;
using PgmCluster.TestSupport;

namespace PgmCluster.Data.Tests.Safetensors;

public class SafetensorsWriterTests
{
    [Fact]
    public void WriteTo_SmallFile_HasTheDocumentedLayout()
    {
        var writer = new SafetensorsWriter { Metadata = { ["z"] = "last", ["a"] = "first" } };
        writer.Add<ushort>("codes", [1, 2], new ushort[] { 1, 0x0203 });
        writer.Add("bits", TensorType.BF16, [], () => new byte[] { 0x80, 0x3F });

        var bytes = Bytes(writer);

        const string Header =
            """{"__metadata__":{"a":"first","z":"last"},"codes":{"dtype":"U16","shape":[1,2],"data_offsets":[0,4]},"bits":{"dtype":"BF16","shape":[],"data_offsets":[4,6]}}""";
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        Assert.Equal(0, length % 8);
        Assert.Equal(Header.PadRight(length), Encoding.UTF8.GetString(bytes, 8, length));
        Assert.Equal([1, 0, 3, 2, 0x80, 0x3F], bytes[(8 + length)..]);
    }

    [Fact]
    public void WriteTo_EveryTypeAndShape_ReadsBackEqual()
    {
        using var directory = new TemporaryDirectory();
        var random = new Random(7);
        var expected = new Dictionary<string, byte[]>();
        var writer = new SafetensorsWriter { Metadata = { ["quote\"d"] = "line\nbreak, Größe, 猫" } };
        foreach (var type in Enum.GetValues<TensorType>())
        {
            foreach (long[] shape in new long[][] { [], [0], [3], [2, 0, 4], [2, 3, 4] })
            {
                var name = $"{type} 猫/\"{string.Join("x", shape)}\"";
                var data = new byte[shape.Aggregate(1L, (a, b) => a * b) * type.SizeInBytes()];
                random.NextBytes(data);
                expected[name] = data;
                writer.Add(name, type, shape, () => data);
            }
        }
        using (var stream = File.Create(directory.File("all"))) writer.WriteTo(stream);

        using var file = SafetensorsFile.Open(directory.File("all"));

        Assert.Equal(expected.Keys, file.Entries.Select(e => e.Name));
        Assert.Equal(writer.Metadata, file.Metadata);
        foreach (var (name, data) in expected) Assert.Equal(data, file.Read(name));
    }

    [Fact]
    public void ReadArray_TypedValues_ReadBackEqual()
    {
        using var directory = new TemporaryDirectory();
        var writer = new SafetensorsWriter();
        float[] floats = [1.5f, float.NaN, float.NegativeInfinity, -0f];
        writer.Add<float>("f", [2, 2], floats);
        writer.Add<bool>("b", [2], new[] { true, false });
        writer.Add<Half>("h", [1], new[] { (Half)0.25 });
        using (var stream = File.Create(directory.File("typed"))) writer.WriteTo(stream);

        using var file = SafetensorsFile.Open(directory.File("typed"));

        Assert.Equal(floats.Select(BitConverter.SingleToInt32Bits), file.ReadArray<int>("f"));
        Assert.Equal([true, false], file.ReadArray<bool>("b"));
        Assert.Equal([(Half)0.25], file.ReadArray<Half>("h"));
        var part = new byte[4];
        file.Read("f", 4, part);
        Assert.True(float.IsNaN(BitConverter.ToSingle(part)));
    }

    [Fact]
    public void WriteTo_MetadataInAnyOrder_GivesEqualBytes()
    {
        var one = new SafetensorsWriter { Metadata = { ["b"] = "2", ["a"] = "1", ["B"] = "3" } };
        var other = new SafetensorsWriter { Metadata = { ["B"] = "3", ["a"] = "1", ["b"] = "2" } };
        foreach (var writer in new[] { one, other }) writer.Add<int>("x", [3], new[] { 1, 2, 3 });

        Assert.Equal(Bytes(one), Bytes(other));
        Assert.Equal(Bytes(one), Bytes(one));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void WriteTo_ProviderOfAnotherLength_Throws(int given)
    {
        var writer = new SafetensorsWriter();
        writer.Add("x", TensorType.U8, [4], stream => stream.Write(new byte[given]));

        Assert.Contains("'x'", Assert.Throws<InvalidOperationException>(() => Bytes(writer)).Message);
    }

    [Fact]
    public void Add_TakenReservedOrNegative_Throws()
    {
        var writer = new SafetensorsWriter();
        writer.Add<byte>("x", [1], new byte[1]);

        Assert.Throws<ArgumentException>(() => writer.Add<byte>("x", [1], new byte[1]));
        Assert.Throws<ArgumentException>(() => writer.Add<byte>("__metadata__", [1], new byte[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Add<byte>("y", [-1], new byte[1]));
        Assert.Throws<ArgumentException>(() => writer.Add<char>("z", [1], new char[1]));
    }

    [Fact]
    [Trait("Category", "Golden")]
    public void WriteTo_ContentOfReferenceFile_GivesTheSameTensors()
    {
        using var directory = new TemporaryDirectory();
        using var reference = SafetensorsFile.Open(GoldenData.Require("halton/halton.safetensors"));
        var writer = new SafetensorsWriter();
        foreach (var entry in reference.Entries) writer.Add(entry.Name, entry.Type, entry.Shape, () => reference.Read(entry.Name));
        using (var stream = File.Create(directory.File("copy"))) writer.WriteTo(stream);

        using var copy = SafetensorsFile.Open(directory.File("copy"));

        Assert.Equal(reference.Entries.Select(e => e.Name), copy.Entries.Select(e => e.Name));
        foreach (var entry in reference.Entries)
        {
            Assert.Equal(entry.Shape, copy[entry.Name].Shape);
            Assert.Equal(reference.Read(entry.Name), copy.Read(entry.Name));
        }
    }

    private static byte[] Bytes(SafetensorsWriter writer)
    {
        using var stream = new MemoryStream();
        writer.WriteTo(stream);
        return stream.ToArray();
    }
}

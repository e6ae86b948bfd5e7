using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using PgmCluster.Data.Safetensors;
using PgmCluster.TestSupport;

namespace PgmCluster.Data.Tests.Safetensors;

public class SafetensorsFileTests
{
    private const string TwoBytes = """{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""";

    public static TheoryData<string, int, string> BadHeaders => new()
    {
        { TwoBytes, 1, "truncated" },
        { TwoBytes, 3, "belong to none" },
        { "[]", 0, "StartObject" },
        { "{", 0, "JSON" },
        { "{} x", 0, "JSON" },
        { "\"text\"", 0, "StartObject" },
        { """{"a":{"dtype":"","shape":[2],"data_offsets":[0,4]}}""", 2, "lies at 0..4" },
        { """{"a":{"dtype":"F8 E4","shape":[2],"data_offsets":[0,2]}}""", 2, "something else than a type's name" },
        { """{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,2]}}""", 2, "needs 3 bytes, but has 2" },
        { """{"a":{"dtype":"U8","shape":[-2],"data_offsets":[0,2]}}""", 2, "natural number" },
        { """{"a":{"dtype":"U8","shape":[2.5],"data_offsets":[0,2]}}""", 2, "natural number" },
        { """{"a":{"dtype":"U8","shape":[9223372036854775807,4],"data_offsets":[0,2]}}""", 2, "overflows" },
        { """{"a":{"dtype":"F64","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "overflows" },
        { """{"a":{"dtype":"U8","shape":[2],"data_offsets":[2,0]}}""", 2, "lies at 2..0" },
        { """{"a":{"dtype":"U8","shape":[2],"data_offsets":[0]}}""", 2, "lacks" },
        { """{"a":{"dtype":"U8","data_offsets":[0,2]}}""", 2, "lacks" },
        { """{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2],"x":1}}""", 2, "unexpected" },
        { """{"a":{"dtype":"U8","dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 2, "repeated" },
        { """{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""", 3, "overlaps" },
        { """{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}}""", 4, "belong to none" },
        { """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "twice" },
        { """{"__metadata__":1,"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 2, "StartObject" },
        { """{"__metadata__":{"k":"1","k":"2"}}""", 0, "twice" },
    };

    [Theory]
    [MemberData(nameof(BadHeaders))]
    public void Open_BadHeader_ThrowsWithFileAndReason(string header, int dataBytes, string reason)
    {
        using var directory = new TemporaryDirectory();
        var path = directory.Write("weights.safetensors", Compose(header, dataBytes));

        var error = Assert.Throws<DataCorruptException>(() => SafetensorsFile.Open(path));

        Assert.Contains(path, error.Message);
        Assert.Contains(reason, error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"format":null}""")]
    [InlineData("""{"format":"pt","epoch":3,"shape":[1,{"a":2}],"nested":{"a":{"b":null}}}""")]
    public void Open_MetadataThatAreNoTexts_ArePassedOver(string metadata)
    {
        using var directory = new TemporaryDirectory();
        using var file = SafetensorsFile.Open(
            directory.Write("metadata", Compose("{\"__metadata__\":" + metadata + "," + TwoBytes[1..], 2)));

        Assert.Equal("a", Assert.Single(file.Entries).Name);
        Assert.Equal(metadata.Contains("pt") ? ["format"] : [], file.Metadata.Keys);
    }

    [Fact]
    public void Open_TypeThatIsNotRead_LeavesTheOthersReadable()
    {
        using var directory = new TemporaryDirectory();
        const string Header = """{"scale":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]},"four":{"dtype":"F4","shape":[4],"data_offsets":[2,4]},"a":{"dtype":"U8","shape":[2],"data_offsets":[4,6]}}""";
        using var file = SafetensorsFile.Open(directory.Write("types", Compose(Header, 6)));

        Assert.Equal("a", Assert.Single(file.Entries).Name);
        Assert.Equal(2, file.Read("a").Length);
        Assert.Equal([("scale", "F8_E4M3"), ("four", "F4")], file.Unread.Select(u => (u.Name, u.Type)));
        Assert.Contains("F8_E4M3", Assert.Throws<DataCorruptException>(() => file.Read("scale")).Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(20)]
    public void Open_CutWithinHeader_Throws(int length)
    {
        using var directory = new TemporaryDirectory();
        var path = directory.Write("cut", Compose(TwoBytes, 2)[..length]);

        Assert.Throws<DataCorruptException>(() => SafetensorsFile.Open(path));
    }

    [Fact]
    public void Open_HeaderLengthBeyondLimit_ThrowsWithoutReadingIt()
    {
        using var directory = new TemporaryDirectory();
        var bytes = Compose(TwoBytes, 2);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, ulong.MaxValue);

        var error = Assert.Throws<DataCorruptException>(() => SafetensorsFile.Open(directory.Write("long", bytes)));

        Assert.Contains("limit", error.Message);
    }

    [Fact]
    public void Open_DataInAnotherOrderThanHeader_KeepsHeaderOrder()
    {
        using var directory = new TemporaryDirectory();
        const string Header = """{"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""";

        using var file = SafetensorsFile.Open(directory.Write("order", Compose(Header, 2)));

        Assert.Equal(["b", "a"], file.Entries.Select(e => e.Name));
    }

    [Fact]
    public void Read_UnknownOrUnfitting_Throws()
    {
        using var directory = new TemporaryDirectory();
        using var file = SafetensorsFile.Open(directory.Write("two", Compose(TwoBytes, 2)));

        Assert.False(file.Contains("b"));
        Assert.Throws<DataCorruptException>(() => file.Read("b"));
        Assert.Throws<DataCorruptException>(() => file.ReadArray<float>("a"));
        Assert.Throws<ArgumentException>(() => file.Read("a", new byte[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Read("a", 1, new byte[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Read("a", -1, new byte[1]));
    }

    [Fact]
    public void Read_FileTruncatedWhileOpen_ThrowsDataCorrupt()
    {
        using var directory = new TemporaryDirectory();
        var path = directory.Write("two", Compose(TwoBytes, 2));
        using var file = SafetensorsFile.Open(path);
        using (var writer = new FileStream(
            path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete)) writer.SetLength(writer.Length - 1);

        Assert.Throws<DataCorruptException>(() => file.Read("a"));
    }

    [Fact]
    public void Open_RandomlyMutated_NeverFailsOtherwiseThanAsCorrupt()
    {
        using var directory = new TemporaryDirectory();
        var writer = new SafetensorsWriter { Metadata = { ["made by"] = "test" } };
        writer.Add<float>("weight", [2, 3], new float[6]);
        writer.Add<long>("Größe", [], new long[1]);
        writer.Add<byte>("empty", [0, 4], Array.Empty<byte>());
        using var stream = new MemoryStream();
        writer.WriteTo(stream);
        var original = stream.ToArray();
        var headerEnd = 8 + BinaryPrimitives.ReadInt32LittleEndian(original);
        var random = new Random(12345);
        var path = directory.File("fuzz");
        var (refused, accepted) = (0, 0);

        for (var round = 0; round < 4000; round++)
        {
            var bytes = original.ToArray();
            for (var change = random.Next(1, 4); change > 0; change--)
                bytes[random.Next(headerEnd)] = random.Next(3) == 0 ? (byte)"{}[]\",:019-\\"[random.Next(12)] : (byte)random.Next(256);
            if (random.Next(3) == 0) bytes = bytes[..random.Next(bytes.Length)];
            File.WriteAllBytes(path, bytes);
            try
            {
                using var file = SafetensorsFile.Open(path);
                foreach (var entry in file.Entries) Assert.Equal(entry.Length, file.Read(entry.Name).Length);
                accepted++;
            }
            catch (DataCorruptException)
            {
                refused++;
            }
        }

        Assert.True(refused > 1000 && accepted > 0, $"refused {refused}, accepted {accepted}: the fuzz does not reach both sides");
    }

    [Theory]
    [Trait("Category", "Golden")]
    [InlineData("preprocess/expected.safetensors")]
    [InlineData("halton/halton.safetensors")]
    [InlineData("masking/masking.safetensors")]
    [InlineData("lr_schedule/lr_schedule.safetensors")]
    public void Open_FileOfReferenceWriter_AgreesWithItsHeader(string name)
    {
        var path = GoldenData.Require(name);
        var bytes = File.ReadAllBytes(path);
        var headerLength = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        using var header = JsonDocument.Parse(bytes.AsMemory(8, headerLength));
        using var file = SafetensorsFile.Open(path);

        var tensors = header.RootElement.EnumerateObject().Where(p => p.Name != "__metadata__").ToList();
        Assert.Equal(tensors.Select(t => t.Name), file.Entries.Select(e => e.Name));
        foreach (var tensor in tensors)
        {
            var entry = file[tensor.Name];
            Assert.Equal(tensor.Value.GetProperty("dtype").GetString(), entry.Type.SafetensorsName());
            Assert.Equal(tensor.Value.GetProperty("shape").EnumerateArray().Select(s => s.GetInt64()), entry.Shape);
            var begin = 8 + headerLength + (int)tensor.Value.GetProperty("data_offsets")[0].GetInt64();
            Assert.Equal(begin, entry.Offset);
            Assert.Equal(bytes[begin..(begin + (int)entry.Length)], file.Read(tensor.Name));
            Assert.Equal(entry.ElementCount, entry.Shape.Aggregate(1L, (a, b) => a * b));
        }
    }

    private static byte[] Compose(string header, int dataBytes)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var bytes = new byte[8 + json.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, json.Length);
        json.CopyTo(bytes, 8);
        return bytes;
    }

    [Fact]
    public void Open_MillionsOfEmptyTensors_StaysWithinTheMemoryBound()
    {
        using var directory = new TemporaryDirectory();
        var entries = Enumerable.Range(0, 400_000).Select(i => $"\"{i}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}");
        var json = Encoding.UTF8.GetBytes("{" + string.Join(',', entries) + "}");
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        var path = directory.Write("many.safetensors", [.. length, .. json]);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<DataCorruptException>(() => SafetensorsFile.Open(path));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2L * json.Length + (64 << 20));
    }
}

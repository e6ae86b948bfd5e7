using System.Numerics;
using System.Text;
using PgmCluster.Data.Pickles;
using PgmCluster.Data.PyTorch;
using PgmCluster.Data.PyTorch.Writing;
using PgmCluster.Data.Safetensors;

namespace PgmCluster.Data.Tests.PyTorch;

public sealed class PyTorchFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    public static TheoryData<string, string> Refused => new()
    {
        { "cposix\nsystem\n(X\x04\0\0\0true\x85R.", "posix.system" },
        { "c__builtin__\neval\n.", "__builtin__.eval" },
        { "\u008c\u0002os\u008c\u0006system\u0093.", "os.system" },
        { "csubprocess\nPopen\n.", "subprocess.Popen" },
        { "cbuiltins\nexec\n(X\x04\0\0\0trueR.", "builtins.exec" },
        { "}X\x01\0\0\0acposix\nsystem\n(X\x04\0\0\0true\x85Rs.", "posix.system" },
    };

    public static TheoryData<string, string> Broken => new()
    {
        { "cos\u0001x\nsystem\n.", "no name" },
        { "c" + new string('a', 300) + "\nb\n.", "no name" },
        { "iposix\nsystem\n.", "0x69" },
        { "(oposix.", "0x6f" },
        { "\u0082.", "0x82" },
        { "\u0081.", "no value" },
        { "N", "truncated" },
        { "NN.", "2 values" },
        { ".", "0 values" },
        { "a.", "too few values" },
        { "e.", "no mark" },
        { "(K\u0001.", "1 values" },
        { "]q\0h\0a.", "contain themselves" },
        { string.Concat(Enumerable.Repeat("]", 100)) + string.Concat(Enumerable.Repeat("a", 99)) + ".", "deep" },
        { "h\u0007.", "never kept" },
        { "X\u00ff\u00ff\u00ff\u007fabc.", "2147483647 bytes" },
        { "B\u00ff\u00ff\u00ff\u00ffabc.", "4294967295 bytes" },
        { "\u008b\u0000\u0001\u0000\u0000.", "256" },
        { "}]Ns.", "a list or a dictionary for a key" },
        { "}K\u0001NsK\u0001Ns.", "twice" },
        { "\u0080\u0009N.", "protocol 9" },
        { "X\u0001\0\0\0\u00ff.", "UTF-8" },
        { "Nb.", "no value" },
        { "}Nb.", "state" },
        { "K\u0001K\u0002R.", "arguments" },
        { "K\u0001)R.", "no function" },
        { "ccollections\nOrderedDict\nK\u0001\u0085R.", "do not fit" },
        { "K\u0001Q.", "no tuple" },
        { ")Q.", "persistent id" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Open_GlobalThatIsThereToRunSomething_IsRefusedByName(string pickle, string name)
    {
        var error = Assert.Throws<BadInputException>(() => Open(PickleFiles.Legacy(Encoding.Latin1.GetBytes(pickle))));

        Assert.Contains(name, error.Message);
        Assert.Contains("Nothing of it was run", error.Message);
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public void Open_BrokenPickle_SaysWhatIsWrong(string pickle, string reason)
    {
        // Without the parts that follow, so that the pickle's end is the file's.
        var start = PickleFiles.Legacy([]);
        var error = Assert.Throws<DataCorruptException>(
            () => Open([.. start.AsSpan(0, start.Length - 6), .. Encoding.Latin1.GetBytes(pickle)]));

        Assert.Contains(reason, error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Open_PlainValues_KeepTypesAndOrder()
    {
        byte[] pickle =
        [
            0x80, 4, .. "}("u8, .. PickleFiles.Text("z"), (byte)'K', 1, .. PickleFiles.Text("a"), (byte)'J', 0xff, 0xff, 0xff, 0xff,
            .. PickleFiles.Text("big"), 0x8a, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1, .. PickleFiles.Text("real"), (byte)'G', 0x3f, 0xf8, 0, 0, 0, 0,
            0, 0,
            .. PickleFiles.Text("size"), .. "ctorch\nSize\n"u8, (byte)'K', 2, (byte)'K', 3, 0x86, 0x85, (byte)'R',
            .. PickleFiles.Text("dtype"), .. "ctorch\nbfloat16\n"u8, .. PickleFiles.Text("device"), .. "ctorch\ndevice\n"u8,
            .. PickleFiles.Text("cuda"), (byte)'K', 1, 0x86, (byte)'R',
            (byte)'K', 5, .. "(NK"u8, 1, (byte)'l', .. "u."u8,
        ];
        using var file = Open(PickleFiles.Legacy(pickle));

        var root = Assert.IsType<PickleDictionary>(file.Root);
        Assert.Equal(["z", "a", "big", "real", "size", "dtype", "device", 5L], root.Keys);
        Assert.Equal(-1L, root.Find("a"));
        Assert.Equal(BigInteger.Pow(2, 64), root.Find("big"));
        Assert.Equal(1.5, root.Find("real"));
        Assert.Equal([2L, 3L], Assert.IsType<object?[]>(root.Find("size")));
        Assert.Equal(new TorchSymbol("torch.bfloat16"), root.Find("dtype"));
        Assert.Equal(new TorchSymbol("cuda:1"), root.Find("device"));
        Assert.Equal([null, 1L], Assert.IsType<List<object?>>(root[5L]));
    }

    [Theory]
    [InlineData(0, "[1000000000000000]", "[0]")] // one element, repeated beyond any memory
    [InlineData(0, "[4000000,4000000]", "[0,0]")]
    [InlineData(1, "[4]", "[1]")]
    [InlineData(0, "[2,2]", "[3,1]")]
    [InlineData(-1, "[1]", "[1]")]
    [InlineData(0, "[1]", "[-1]")]
    [InlineData(0, "[9223372036854775807,9223372036854775807]", "[1,1]")]
    [InlineData(0, "[2]", "[9223372036854775807]")]
    [InlineData(0, "[2]", "[1,1]")]
    public void Open_TensorThatLeavesItsStorage_IsRefusedWithoutAllocating(long offset, string shape, string strides)
    {
        var bytes = PickleFiles.Legacy(Tensor(offset, Numbers(shape), Numbers(strides), 4), ("0", 4, new byte[16]));
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<DataCorruptException>(() => Open(bytes));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
    }

    [Fact]
    public void Open_StorageLargerThanTheFile_IsRefused()
    {
        var error = Assert.Throws<DataCorruptException>(
            () => Open(PickleFiles.Legacy(Tensor(0, [1L << 40], [1], 1L << 40), ("0", 4, new byte[16]))));

        Assert.Contains("larger than the file", error.Message);
    }

    [Fact]
    public void Open_ListsThatDoubleEachOther_AreRefused()
    {
        var pickle = new List<byte> { (byte)']', (byte)'q', 0 };
        for (byte i = 1; i < 60; i++)
            pickle.AddRange([(byte)']', (byte)'q', i, (byte)'h', (byte)(i - 1), (byte)'a', (byte)'h', (byte)(i - 1), (byte)'a']);
        pickle.Add((byte)'.');
        // Only the last value may remain for STOP: the others are taken into a tuple first.
        var error = Assert.Throws<DataCorruptException>(
            () => Open(PickleFiles.Legacy([(byte)'(', .. pickle.SkipLast(1), (byte)'t', (byte)'.'])));

        Assert.Contains("more than", error.Message);
    }

    [Theory]
    [InlineData((byte)'}')]
    [InlineData((byte)']')]
    [InlineData((byte)'(')]
    [InlineData((byte)'N')]
    public void Open_MillionsOfSmallValues_StayWithinTheBound(byte instruction)
    {
        var bytes = PickleFiles.Legacy([.. Enumerable.Repeat(instruction, 4_000_000), (byte)'.']);
        var path = _directory.Write("many.pth", bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<DataCorruptException>(() => PyTorchFile.Open(path));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 * bytes.Length + (64 << 20));
    }

    [Fact]
    public void Read_ChangedByteOfAStorage_FailsTheChecksum()
    {
        var bytes = PickleFiles.Zip(new PickleDictionary { ["w"] = Content([4, 8]) });
        bytes[bytes.AsSpan().IndexOf(new byte[] { 29, 30, 31 })] ^= 1;
        using var file = Open(bytes);

        var tensor = Assert.IsType<PyTorchTensor>(((PickleDictionary)file.Root!).Find("w"));

        Assert.Contains("checksum", Assert.Throws<DataCorruptException>(() => file.Read(tensor)).Message);
        Assert.Contains("checksum", Assert.Throws<DataCorruptException>(() => file.Read(tensor, 4, new byte[4])).Message);
    }

    [Fact]
    public void Read_InParts_EqualsTheWhole()
    {
        // [3, 4] with strides [1, 3]: columns first.
        var storage = Enumerable.Range(0, 12).SelectMany(i => BitConverter.GetBytes((float)i)).ToArray();
        using var file = Open(PickleFiles.Legacy(Tensor(0, [3, 4], [1, 3], 12), ("0", 4, storage)));
        var tensor = Assert.IsType<PyTorchTensor>(file.Root);
        using var copied = new MemoryStream();

        var whole = file.Read(tensor);
        var parts = new byte[48];
        for (var at = 0; at < 48; at += 8) file.Read(tensor, at, parts.AsSpan(at, 8));
        file.CopyTo(tensor, copied);

        Assert.Equal(
            new float[] { 0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11 }, Enumerable.Range(0, 12).Select(i => BitConverter.ToSingle(whole, 4 * i)));
        Assert.Equal(whole, parts);
        Assert.Equal(whole, copied.ToArray());
    }

    [Fact]
    public void Open_ZipBeyond4GB_FindsItsRecords()
    {
        // The first storage is a hole of the file, so that it takes no room on the disk; its checksum is not asked for.
        var path = _directory.File("large.pth");
        var last = Content([3]);
        using (var stream = new HoleStream(File.Create(path)))
            PyTorchWriter.Write(
                stream,
                new PickleDictionary
                {
                    ["hole"] = new TensorContent(
                    TensorType.U8, [5L << 30], to => HoleStream.Skip(to, 5L << 30)),
                    ["last"] = last
                });
        using var file = PyTorchFile.Open(path);
        var root = (PickleDictionary)file.Root!;

        Assert.Equal(5L << 30, ((PyTorchTensor)root.Find("hole")!).Length);
        Assert.Equal([0, 1, 2], file.Read((PyTorchTensor)root.Find("last")!));
    }

    private PyTorchFile Open(byte[] bytes) => PyTorchFile.Open(_directory.Write("file.pth", bytes));

    private static TensorContent Content(params long[] shape) =>
        new(
            TensorType.U8, shape,
            stream => stream.Write([.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(i => (byte)i)]));

    private static long[] Numbers(string text) => [.. text.Trim('[', ']').Split(',').Select(long.Parse)];

    private static byte[] Tensor(long offset, long[] shape, long[] strides, long elements)
    {
        static byte[] Number(long value) => [0x8a, 8, .. BitConverter.GetBytes(value)];
        return
        [
            .. "ctorch._utils\n_rebuild_tensor_v2\n(("u8, .. PickleFiles.Text("storage"), .. "ctorch\nFloatStorage\n"u8,
            .. PickleFiles.Text("0"), .. PickleFiles.Text("cpu"),
            .. Number(elements), (byte)'N', (byte)'t', (byte)'Q', .. Number(offset), (byte)'(', .. shape.SelectMany(Number), (byte)'t',
            (byte)'(', .. strides.SelectMany(Number), (byte)'t',
            0x89, .. "ccollections\nOrderedDict\n)RtR."u8,
        ];
    }
}

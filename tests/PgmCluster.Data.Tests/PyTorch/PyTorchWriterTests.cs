using System.Diagnostics;
using System.Text.Json;
using PgmCluster.Data.Checkpoints;
using PgmCluster.Data.Pickles;
using PgmCluster.Data.PyTorch;
using PgmCluster.Data.PyTorch.Writing;
using PgmCluster.Data.Safetensors;
using PgmCluster.TestSupport;

namespace PgmCluster.Data.Tests.PyTorch;

public sealed class PyTorchWriterTests : IDisposable
{
    /// <summary>
    /// Loads a file as torch.load(weights_only=True) would, without torch: only these names, and every record where it must be. Prints the
    /// keys, types, shapes and sums as JSON.
    /// </summary>
    private const string PythonLoader = """
        import collections, json, pickle, pickletools, struct, sys, zipfile
        FORMATS = {'FloatStorage': 'f', 'DoubleStorage': 'd', 'LongStorage': 'q', 'IntStorage': 'i', 'ShortStorage': 'h', 'CharStorage': 'b', 'ByteStorage': 'B', 'BoolStorage': '?', 'HalfStorage': 'e', 'BFloat16Storage': 'H'}
        archive = zipfile.ZipFile(sys.argv[1])
        assert archive.testzip() is None
        prefix = archive.namelist()[0].split('/')[0]
        assert archive.namelist()[0] == prefix + '/data.pkl'
        assert archive.read(prefix + '/byteorder') == b'little' and archive.read(prefix + '/version') == b'3\n'
        raw = open(sys.argv[1], 'rb').read()
        for info in archive.infolist():
            assert info.compress_type == zipfile.ZIP_STORED
            name, extra = struct.unpack('<HH', raw[info.header_offset + 26:info.header_offset + 30])
            assert (info.header_offset + 30 + name + extra) % 64 == 0, info.filename
        def rebuild(storage, offset, size, stride, requires_grad, hooks):
            assert offset == 0 and requires_grad is False and len(hooks) == 0
            return {'storage': storage[0], 'type': storage[1], 'shape': list(size), 'stride': list(stride), 'sum': sum(storage[2])}
        class Loader(pickle.Unpickler):
            def find_class(self, module, name):
                if (module, name) == ('collections', 'OrderedDict'): return collections.OrderedDict
                if (module, name) == ('torch._utils', '_rebuild_tensor_v2'): return rebuild
                if module == 'torch' and name in FORMATS: return name
                raise pickle.UnpicklingError(module + '.' + name)
            def persistent_load(self, pid):
                kind, storage, key, location, count = pid
                assert kind == 'storage' and location == 'cpu'
                return key, storage, struct.unpack('<%d%s' % (count, FORMATS[storage]), archive.read(prefix + '/data/' + key))
        pickletools.dis(archive.read(prefix + '/data.pkl'), out=open('/dev/null', 'w'))
        root = Loader(archive.open(prefix + '/data.pkl')).load()
        print(json.dumps({'type': type(root['model_state_dict']).__name__, 'root': root}))
        """;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private static PickleDictionary Sample()
    {
        var tied = Content(TensorType.F32, [2, 3], 1f, 2f, 3f, 4f, 5f, 6f);
        return new PickleDictionary
        {
            ["iter"] = 70_000,
            ["global_epoch"] = 1L << 40,
            ["negative"] = -5,
            ["lr"] = 1e-4,
            ["text"] = "é中",
            ["flags"] = new List<object?> { true, false, null },
            ["tuples"] = new object?[] { Array.Empty<object?>(), new object?[] { 1L }, new object?[] { 1L, 2L, 3L, 4L } },
            ["model_state_dict"] = new PickleDictionary(isOrderedDict: true)
            {
                ["tok_emb.weight"] = tied,
                ["head.weight"] = tied,
                ["scalar"] = Content(TensorType.F32, [], 7f),
                ["empty"] = new TensorContent(TensorType.F32, [0, 4], _ => { }),
                ["count"] = new TensorContent(
                    TensorType.I64, [2], stream => stream.Write([.. BitConverter.GetBytes(3L), .. BitConverter.GetBytes(-1L)])),
                ["half"] = new TensorContent(TensorType.F16, [1], stream => stream.Write(BitConverter.GetBytes((Half)0.5f))),
                ["bool"] = new TensorContent(TensorType.Bool, [3], stream => stream.Write([1, 0, 1])),
            },
        };
    }

    [Fact]
    public void Write_AllKindsOfValues_ReadBackEqual()
    {
        using var file = PyTorchFile.Open(_directory.Write("sample.pth", PickleFiles.Zip(Sample())));
        var (expected, actual) = (Sample(), Assert.IsType<PickleDictionary>(file.Root));
        var model = Assert.IsType<PickleDictionary>(actual.Find("model_state_dict"));

        Assert.Equal(expected.Keys, actual.Keys);
        Assert.Equal([70_000L, 1L << 40, -5L, 1e-4, "é中"], actual.Values.Take(5));
        Assert.Equal([true, false, null], Assert.IsType<List<object?>>(actual.Find("flags")));
        Assert.Equal([], (object?[])((object?[])actual.Find("tuples")!)[0]!);
        Assert.Equal([1L, 2L, 3L, 4L], (object?[])((object?[])actual.Find("tuples")!)[2]!);
        Assert.True(model.IsOrderedDict);
        Assert.Same(((PyTorchTensor)model.Find("tok_emb.weight")!).Storage, ((PyTorchTensor)model.Find("head.weight")!).Storage);
        Assert.Equal([0, 4], ((PyTorchTensor)model.Find("empty")!).Shape);
        Assert.Equal(TensorType.Bool, ((PyTorchTensor)model.Find("bool")!).Type);
        Assert.Equal([1, 0, 1], file.Read((PyTorchTensor)model.Find("bool")!));
    }

    [Fact]
    public void Write_SameContent_GivesEqualBytes() => Assert.Equal(PickleFiles.Zip(Sample()), PickleFiles.Zip(Sample()));

    [Fact]
    public void Write_ValueWithoutAPlace_Throws()
    {
        Assert.Contains("DateTime", Assert.Throws<NotSupportedException>(() => PickleFiles.Zip(DateTime.UnixEpoch)).Message);
        Assert.Contains(
            "U16", Assert.Throws<NotSupportedException>(() => PickleFiles.Zip(new TensorContent(TensorType.U16, [1], _ => { }))).Message);
    }

    [Fact]
    public void Write_Tensor_IsAlignedTo64Bytes()
    {
        using var file = PyTorchFile.Open(_directory.Write("sample.pth", PickleFiles.Zip(Sample())));

        Assert.All(file.Storages, s => Assert.Equal(0, s.FileOffset % 64));
    }

    [Fact]
    public void Write_Checkpoint_IsReadByPythonsOwnPickle()
    {
        var path = _directory.Write("sample.pth", PickleFiles.Zip(Sample()));
        var loaded = Python(path);
        var model = loaded.GetProperty("root").GetProperty("model_state_dict");

        Assert.Equal("OrderedDict", loaded.GetProperty("type").GetString());
        Assert.Equal(70_000, loaded.GetProperty("root").GetProperty("iter").GetInt64());
        Assert.Equal(21, model.GetProperty("tok_emb.weight").GetProperty("sum").GetDouble());
        Assert.Equal("0", model.GetProperty("head.weight").GetProperty("storage").GetString());
        Assert.Equal("[3, 1]", model.GetProperty("head.weight").GetProperty("stride").GetRawText());
        Assert.Equal("[4, 1]", model.GetProperty("empty").GetProperty("stride").GetRawText());
        Assert.Equal(2, model.GetProperty("count").GetProperty("sum").GetDouble());
    }

    [Fact]
    [Trait("Category", "Golden")]
    public void Write_GenuineCheckpoint_GivesTheSameTensors()
    {
        using var genuine = ReferenceCheckpoint.Open(GoldenData.Require("checkpoints/maskgit_tied.pth"));
        var contents = genuine.Model.Select(t => t.Identity).Distinct()
            .ToDictionary(
                i => i,
                i => genuine.Model.First(t => t.Identity.Equals(i)) is var t ? new TensorContent(t.Type, t.Shape, t.CopyTo) : null!);
        var state = new PickleDictionary(isOrderedDict: true);
        foreach (var tensor in genuine.Model) state.Add(tensor.Name, contents[tensor.Identity]);

        using var copy = ReferenceCheckpoint.Open(
            _directory.Write("copy.pth", PickleFiles.Zip(new PickleDictionary { ["model_state_dict"] = state })));

        Assert.Equal(genuine.Model.Select(t => t.Name), copy.Model.Select(t => t.Name));
        foreach (var (e, a) in genuine.Model.Zip(copy.Model)) PyTorchGoldenTests.Equal(e, a);
        Assert.Equal(genuine.ElementCount, copy.ElementCount);
    }

    private static TensorContent Content(TensorType type, long[] shape, params float[] values) =>
        new(type, shape, stream => stream.Write([.. values.SelectMany(BitConverter.GetBytes)]));

    private static JsonElement Python(string path)
    {
        Process process;
        try
        {
            process = Process.Start(
                new ProcessStartInfo("python3", ["-c", PythonLoader, path])
                {
                    RedirectStandardOutput = true,
                    RedirectStandardError = true
                })!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw GoldenData.Skipped($"python3 cannot be started: {e.Message}");
        }
        using (process)
        {
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, error.GetAwaiter().GetResult());
            return JsonSerializer.Deserialize<JsonElement>(output);
        }
    }
}

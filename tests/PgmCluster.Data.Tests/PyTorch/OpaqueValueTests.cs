using PgmCluster.Data.Checkpoints;
using PgmCluster.Data.PyTorch;
using PgmCluster.Data.Safetensors;
using static PgmCluster.Data.Tests.PyTorch.PickleScript;

namespace PgmCluster.Data.Tests.PyTorch;

/// <summary>
/// Objects that trainers save beside the tensors: the tensors are read, the objects are named, and nothing of them is made.
/// </summary>
public sealed class OpaqueValueTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public static TheoryData<string, byte[], string[]> Objects => new()
    {
        { "settings", Object("argparse", "Namespace", Dictionary(("lr", Number(1)))), ["extra argparse.Namespace"] },
        { "class for a key", Dictionary(
            (Join("cpytorch_lightning.callbacks\nModelCheckpoint\n"), Dictionary(("best", Number(1))))),
                ["extra pytorch_lightning.callbacks.ModelCheckpoint"] },
        { "class derived from dict", Join(
            Object("pl.parsing", "AttributeDict"), "(", Text("a"), Number(1), Text("b"),
            Object("omegaconf.listconfig", "ListConfig", Dictionary(("_content", "]"u8.ToArray()))),
            "u"), ["extra pl.parsing.AttributeDict", "extra.b omegaconf.listconfig.ListConfig"] },
        { "class derived from list", Join(Object("mine", "Steps"), "(", Number(1), Number(2), "e"), ["extra mine.Steps"] },
        { "set", Join(Call("__builtin__", "set", Join("](", Number(1), Number(2), "e"))), ["extra __builtin__.set"] },
        { "set of protocol 4", Join("\u008f(", Number(1), Text("a"), "\u0090"), ["extra set"] },
        { "frozenset of protocol 4", Join("(", Number(1), "\u0091"), ["extra frozenset"] },
        { "counter", Call("collections", "Counter", Dictionary(("a", Number(3)))), ["extra collections.Counter"] },
        { "defaultdict", Join(Call("collections", "defaultdict", Join("c__builtin__\nlist\n")), Text("a"), Number(1), "s"), [] },
        { "path", Call("pathlib", "PosixPath", Text("/data"), Text("x.png")), ["extra pathlib.PosixPath"] },
        { "date", Call(
            "datetime", "datetime",
            Call("_codecs", "encode", Text("\u0007\u00e8\u0001\u0001"), Text("latin1"))), ["extra datetime.datetime"] },
        { "numpy array", Join(Call(
            "numpy.core.multiarray", "_reconstruct", Join("cnumpy\nndarray\n"), Join("K\0\u0085"),
            Call("_codecs", "encode", Text("b"), Text("latin1"))),
            "(K\u0001K\u0002\u0085", Call("numpy", "dtype", Text("f8"), Join("\u0089"), Join("\u0088")), "(K\u0003", Text("<"),
            "NNNJ\u00ff\u00ff\u00ff\u00ffJ\u00ff\u00ff\u00ff\u00ffK\0tb\u0089", Text("0123456789012345"), "tb"), ["extra numpy.ndarray"] },
        { "numpy text", Call(
            "numpy.core.multiarray", "scalar", Call("numpy", "dtype", Text("U3"), Join("\u0089"), Join("\u0088")),
            Text("abc")), ["extra numpy scalar of U3"] },
        { "member of an enumeration", Call("__builtin__", "getattr", Join("cmine\nMode\n"), Text("FAST")), ["extra mine.Mode.FAST"] },
        { "object of protocol 1", Call(
            "copy_reg", "_reconstructor", Join("cmine\nConfig\n"), Join("c__builtin__\nobject\n"), Join("N")), ["extra mine.Config"] },
        { "function", Join("ctorch.nn.functional\nrelu\n"), ["extra torch.nn.functional.relu"] },
        { "object that refers to itself", Join(
            "cmine\nTrainer\n)\u0081q\u0009", Dictionary(("self", Join("h\u0009"))), "b"), ["extra mine.Trainer"] },
        { "keys that are no texts", Dictionary(
            (Join("N"), Number(1)), (Join(Number(1), Number(2), "\u0086"), Number(3))), ["extra None", "extra tuple"] },
        { "complex numbers", Tensor("ComplexFloatStorage", "2", 2), ["extra tensor of torch.ComplexFloatStorage"] },
    };

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Objects))]
    public void Open_ObjectBesideTheTensors_IsNamedAndTheTensorsAreRead(string what, byte[] value, string[] expected)
    {
        var pickle = Dictionary(("extra", value), ("state_dict", Dictionary(("a.weight", Tensor("0", 2, 3)), ("a.bias", Tensor("1", 3)))));
        var zip = _directory.Write("extra.ckpt", PickleFiles.Zip(pickle, ("0", Bytes(6)), ("1", Bytes(3)), ("2", Bytes(2, 8))));

        using var checkpoint = ReferenceCheckpoint.Open(zip);

        Assert.Equal(["a.weight", "a.bias"], checkpoint.Model.Select(t => t.Name));
        Assert.Equal(Bytes(6), Content(checkpoint.Model[0]));
        Assert.Empty(checkpoint.Problems);
        Assert.Equal(expected, checkpoint.Unread.Select(u => $"{u.At} {u.Type}"));
        Assert.NotEmpty(what);
    }

    [Fact]
    public void Open_StorageOfAnUnreadTypeInTheLegacyStream_IsPassedOver()
    {
        var pickle = Dictionary(("freqs", Tensor("ComplexFloatStorage", "0", 2)), ("w", Tensor("1", 3)));
        var path = _directory.Write("legacy.pth", PickleFiles.Legacy([.. pickle, (byte)'.'], ("0", 8, Bytes(2, 8)), ("1", 4, Bytes(3))));

        using var checkpoint = ReferenceCheckpoint.Open(path);

        Assert.Equal("w", Assert.Single(checkpoint.Model).Name);
        Assert.Equal(Bytes(3), Content(checkpoint.Model[0]));
        Assert.Equal(new UnreadValue("freqs", "tensor of torch.ComplexFloatStorage"), Assert.Single(checkpoint.Unread));
    }

    [Fact]
    public void Open_TensorsOfNewerTypes_AreReadWhereTheTypeIsKnown()
    {
        static byte[] Newer(string dtype, string storage, long bytes) => Join(
            "ctorch._utils\n_rebuild_tensor_v3\n((", Text("storage"), "ctorch.storage\nUntypedStorage\n", Text(storage), Text("cpu"),
            Number(bytes), "tQK\0K\u0002\u0085K\u0001\u0085\u0089ccollections\nOrderedDict\n)R",
            $"ctorch\n{dtype}\n", "tR");
        var path = _directory.Write(
            "newer.pt",
            PickleFiles.Zip(
                Dictionary(("codes", Newer("uint16", "0", 4)), ("scale", Newer("float8_e4m3fn", "1", 2))), ("0", Bytes(4, 1)),
                ("1", Bytes(2, 1))));

        using var checkpoint = ReferenceCheckpoint.Open(path);

        Assert.Equal(("codes", TensorType.U16, 2L), (checkpoint.Model[0].Name, checkpoint.Model[0].Type, checkpoint.Model[0].Shape[0]));
        Assert.Equal(Bytes(4, 1), Content(Assert.Single(checkpoint.Model)));
        Assert.Equal(new UnreadValue("scale", "tensor of torch.float8_e4m3fn"), Assert.Single(checkpoint.Unread));
    }

    [Fact]
    public void Open_WholeModule_GivesItsTensorsUnderTheirNames()
    {
        var inner = Object(
            "torch.nn.modules.linear", "Linear",
            Dictionary(
                ("_parameters", Dictionary(("weight", Tensor("0", 2, 3)))), ("_buffers", Dictionary(("steps", Tensor("1", 3)))),
                ("_modules", "}"u8.ToArray())));
        var outer = Object(
            "mine.model", "Net",
            Dictionary(("_parameters", "}"u8.ToArray()), ("_buffers", "}"u8.ToArray()), ("_modules", Dictionary(("head", inner)))));
        var path = _directory.Write("module.pt", PickleFiles.Zip(outer, ("0", Bytes(6)), ("1", Bytes(3))));

        using var checkpoint = ReferenceCheckpoint.Open(path);

        Assert.Equal(["head.weight", "head.steps"], checkpoint.Model.Select(t => t.Name));
        Assert.Contains(checkpoint.Unread, u => u.Type == "mine.model.Net");
    }

    [Theory]
    [InlineData("a comment", 0)]
    [InlineData("", 5)]
    [InlineData("both", 700_000)]
    public void Open_CommentOrBytesBehindTheZip_AreSaidAndPassedOver(string comment, int behind)
    {
        byte[] whole = PickleFiles.Zip(Dictionary(("w", Tensor("0", 3))), comment, ("0", Bytes(3)));

        using var checkpoint = ReferenceCheckpoint.Open(_directory.Write("repacked.pth", [.. whole, .. new byte[behind]]));

        Assert.Equal(Bytes(3), Content(Assert.Single(checkpoint.Model)));
        Assert.Contains(
            behind > 0 ? $"{behind + comment.Length} bytes behind" : $"comment of {comment.Length} bytes", Assert.Single(checkpoint.Notes));
    }

    [Fact]
    public void Open_CutZip_IsStillTruncated()
    {
        byte[] whole = PickleFiles.Zip(Dictionary(("w", Tensor("0", 3))), ("0", Bytes(3)));

        Assert.Contains(
            "truncated",
            Assert.Throws<DataCorruptException>(() => ReferenceCheckpoint.Open(_directory.Write("cut.pth", whole[..^8]))).Message);
    }

    private static byte[] Content(CheckpointTensor tensor)
    {
        var bytes = new byte[tensor.Length];
        tensor.Read(0, bytes);
        return bytes;
    }
}

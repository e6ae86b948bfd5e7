using PgmCluster.Data.Checkpoints;
using PgmCluster.Data.Pickles;
using PgmCluster.Data.PyTorch;
using PgmCluster.Data.Safetensors;
using PgmCluster.TestSupport;

namespace PgmCluster.Data.Tests.PyTorch;

/// <summary>
/// Damaged and made-up files: each either loads as it declares itself or is refused in one line, within the promised memory.
/// </summary>
[Trait("Category", "Golden")]
public class CheckpointFuzzTests
{
    private const int Mutations = 1000;

    [Fact]
    public void Open_MutatedCheckpoints_LoadOrAreRefusedWithinTheMemoryBound()
    {
        var files = GoldenData.Files("checkpoints").Where(
            n => Path.GetExtension(n) is ".pth" or ".pt" or ".safetensors" && !n.StartsWith("bad_")).Select(
                n => GoldenData.Require($"checkpoints/{n}")).ToArray();
        if (files.Length == 0) GoldenData.Require("checkpoints/zip.pth");
        using var directory = new TemporaryDirectory();
        var originals = files.Select(f => (Path: f, Bytes: File.ReadAllBytes(f), Content: Describe(f))).ToArray();
        int loaded = 0, refused = 0;
        for (var seed = 0; seed < Mutations; seed++)
        {
            var random = new Random(seed);
            var original = originals[random.Next(originals.Length)];
            var (bytes, isWhole) = Mutate(original.Bytes, random);
            var path = directory.Write(Path.GetFileName(original.Path), bytes);

            var before = GC.GetAllocatedBytesForCurrentThread();
            var (content, error) = Load(path);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

            var what = $"seed {seed}, {Path.GetFileName(original.Path)}";
            Assert.True(allocated <= 2 * bytes.Length + (64L << 20), $"{what}: {allocated} bytes of memory for a file of {bytes.Length}");
            if (error is not null)
            {
                Assert.True(error is BadInputException or DataCorruptException, $"{what}: {error}");
                Assert.False(error.Message.Contains('\n'), $"{what}: {error.Message}");
                Assert.True(error.Message.Contains(path), $"{what}: {error.Message}");
                refused++;
                continue;
            }
            // A zip file has checksums: what loads from it is what was saved.
            if (isWhole && original.Bytes is [(byte)'P', (byte)'K', ..])
                Assert.True(original.Content == content, $"{what}: it loads, but as something else");
            loaded++;
        }
        Assert.Equal(Mutations, loaded + refused);
        Assert.True(loaded > 0 && refused > Mutations / 2, $"{loaded} loaded, {refused} refused");
        Assert.False(File.Exists("/tmp/pwned"));
    }

    private static (string? Content, Exception? Error) Load(string path)
    {
        try
        {
            return (Describe(path), null);
        }
        catch (Exception e)
        {
            return (null, e);
        }
    }

    /// <summary>
    /// Reads everything: names, types, shapes, and a hash of each tensor's bytes, of which there must be as many as declared.
    /// </summary>
    private static string Describe(string path)
    {
        if (Path.GetFileName(path).StartsWith("odd_", StringComparison.Ordinal) && Path.GetExtension(path) == ".pth")
            return DescribeValues(path);
        using var checkpoint = ReferenceCheckpoint.Open(path);
        var moments = checkpoint.Optimizer?.State.OrderBy(s => s.Key).SelectMany(s => new[] { s.Value.First, s.Value.Second }) ?? [];
        return string.Join(
            '\n',
            checkpoint.Model.Concat(checkpoint.Average).Concat(moments).Select(
                t => Line(t.Name, t.Type, t.Shape, t.Length, bytes => t.Read(0, bytes))));
    }

    private static string DescribeValues(string path)
    {
        using var file = PyTorchFile.Open(path);
        return Values(file, "", file.Root);
    }

    private static string Values(PyTorchFile file, string name, object? value) => value switch
    {
        PyTorchTensor tensor => Line(name, tensor.Type, tensor.Shape, tensor.Length, bytes => file.Read(tensor, bytes)),
        PickleDictionary dictionary => string.Join('\n', dictionary.Select(p => Values(file, $"{name}.{p.Key}", p.Value))),
        IReadOnlyList<object?> list => string.Join('\n', list.Select((v, i) => Values(file, $"{name}.{i}", v))),
        _ => $"{name} {value}",
    };

    private static string Line(string name, TensorType type, long[] shape, long length, Action<byte[]> read)
    {
        Assert.Equal(shape.Aggregate((Int128)type.SizeInBytes(), (a, b) => a * b), length);
        var bytes = new byte[length];
        read(bytes);
        var hash = new HashCode();
        hash.AddBytes(bytes);
        return $"{name} {type} [{string.Join(',', shape)}] {hash.ToHashCode()}";
    }

    private static (byte[] Bytes, bool IsWhole) Mutate(byte[] bytes, Random random)
    {
        switch (random.Next(8))
        {
            case 0: return (bytes[..random.Next(bytes.Length + 1)], false);
            case 1: return (PickleFiles.Legacy(RandomPickle(random)), false);
            case 2:
                return (PickleFiles.Legacy(
                [0x80, 2, .. "}("u8, .. PickleFiles.Text("w"), .. RandomPickle(random)[..^1], .. "u."u8]), false);
            default:
                var changed = bytes.ToArray();
                // Most of a file are weights; the structure lies at its ends.
                var from = random.Next(3) switch { 0 => 0, 1 => Math.Max(0, bytes.Length - 4096), _ => random.Next(bytes.Length) };
                var length = Math.Min(random.Next(2) == 0 ? 20_000 : 600, bytes.Length - from);
                for (var flips = random.Next(1, 9); flips > 0; flips--) changed[from + random.Next(length)] ^= (byte)(1 << random.Next(8));
                return (changed, true);
        }
    }

    private static byte[] RandomPickle(Random random)
    {
        var pickle = new List<byte>();
        byte[][] pieces =
        [
            "]"u8.ToArray(), "}"u8.ToArray(), "("u8.ToArray(), "t"u8.ToArray(), "u"u8.ToArray(), "e"u8.ToArray(), "a"u8.ToArray(),
            "s"u8.ToArray(), "0"u8.ToArray(), "1"u8.ToArray(), "2"u8.ToArray(),
            "N"u8.ToArray(), [0x88], [0x85], [0x86], [0x87], ")"u8.ToArray(), "R"u8.ToArray(), "b"u8.ToArray(), "Q"u8.ToArray(),
            "q\0"u8.ToArray(), "h\0"u8.ToArray(), "q\x01"u8.ToArray(), "h\x01"u8.ToArray(), [0x94],
            "K\x01"u8.ToArray(), "K\x00"u8.ToArray(), [(byte)'J', 0xff, 0xff, 0xff, 0x7f], [0x8a, 8, 0, 0, 0, 0, 0, 0, 0, 0x7f],
            PickleFiles.Text("storage"), PickleFiles.Text("cpu"), PickleFiles.Text("latin1"),
            "ctorch\nFloatStorage\n"u8.ToArray(), "ctorch._utils\n_rebuild_tensor_v2\n"u8.ToArray(),
            "ccollections\nOrderedDict\n"u8.ToArray(), "c_codecs\nencode\n"u8.ToArray(), "cnumpy\ndtype\n"u8.ToArray(),
            "cnumpy.core.multiarray\nscalar\n"u8.ToArray(), "ctorch\nSize\n"u8.ToArray(), "cos\nsystem\n"u8.ToArray(),
            "cargparse\nNamespace\n"u8.ToArray(), "c__builtin__\ngetattr\n"u8.ToArray(), "ccollections\ndefaultdict\n"u8.ToArray(), [0x81],
            [0x92], [0x8f], [0x90], [0x91], [(byte)'X', 0xff, 0xff, 0xff, 0x7f], [0x8e, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0],
            [.. "ctorch._utils\n_rebuild_tensor_v2\n(("u8, .. PickleFiles.Text("storage"), .. "ctorch\nFloatStorage\n"u8,
                .. PickleFiles.Text("0"), .. PickleFiles.Text("cpu"), .. "K\x01tQK\0J\xff\xff\xff\x0f\x85K\0\x85N)tR"u8],
        ];
        // Long runs of one instruction are what tries to fill the memory.
        if (random.Next(10) == 0)
            return [.. Enumerable.Repeat(pieces[random.Next(pieces.Length)], random.Next(1_000_000)).SelectMany(p => p), (byte)'.'];
        for (var count = random.Next(1, 400); count > 0; count--)
        {
            if (random.Next(50) == 0) pickle.Add((byte)random.Next(256));
            else pickle.AddRange(pieces[random.Next(pieces.Length)]);
        }
        pickle.Add((byte)'.');
        return [.. pickle];
    }
}

using System.Text;

namespace PgmCluster.Data.Tests.PyTorch;

/// <summary>Pickles of objects that this program never writes, as Python writes them: instruction by instruction.</summary>
internal static class PickleScript
{
    /// <summary>Instructions one after another: bytes as they are, texts as their Latin-1 bytes.</summary>
    public static byte[] Join(params object[] parts) =>
        [.. parts.SelectMany(p => p is byte[] bytes ? bytes : Encoding.Latin1.GetBytes((string)p))];

    /// <summary>A float32 tensor over a storage of its own; its bytes are <see cref="Bytes"/>.</summary>
    public static byte[] Tensor(string storage, params long[] shape) => Tensor("FloatStorage", storage, shape);

    public static byte[] Tensor(string storageClass, string storage, params long[] shape)
    {
        var strides = shape.Select((_, i) => shape[(i + 1)..].Aggregate(1L, (a, b) => a * b));
        return Join(
            "ctorch._utils\n_rebuild_tensor_v2\n((", Text("storage"), $"ctorch\n{storageClass}\n", Text(storage), Text("cpu"),
            Number(Count(shape)), "tQ", Number(0),
            "(", Join([.. shape.Select(Number)]), "t(", Join([.. strides.Select(Number)]), "t\u0089ccollections\nOrderedDict\n)RtR");
    }

    public static byte[] Dictionary(params (object Key, byte[] Value)[] items) =>
        Join("}(", Join([.. items.Select(i => Join(i.Key is string text ? Text(text) : i.Key, i.Value))]), "u");

    /// <summary>An object made by its class without arguments, with the attributes given, as Python pickles plain ones.</summary>
    public static byte[] Object(string module, string name, byte[]? attributes = null) =>
        Join($"c{module}\n{name}\n)\u0081", attributes is null ? "" : Join(attributes, "b"));

    /// <summary>What a call gives.</summary>
    public static byte[] Call(string module, string name, params byte[][] arguments) =>
        Join($"c{module}\n{name}\n(", Join([.. arguments]), "tR");

    public static byte[] Text(string text) => PickleFiles.Text(text);

    public static byte[] Number(long value) => [0x8a, 8, .. BitConverter.GetBytes(value)];

    /// <summary>The bytes of a storage of this many elements.</summary>
    public static byte[] Bytes(long count, int size = 4) => [.. Enumerable.Range(0, (int)count * size).Select(i => (byte)(i & 0x3f))];

    private static long Count(long[] shape) => shape.Aggregate(1L, (a, b) => a * b);
}

using PgmCluster.Data.Safetensors;

namespace PgmCluster.Data.PyTorch;

/// <summary>PyTorch's classes of storages and the element types they stand for.</summary>
internal static class StorageTypes
{
    private static readonly (TensorType Type, string Name)[] All =
    [
        (TensorType.F64, "DoubleStorage"), (TensorType.F32, "FloatStorage"), (TensorType.F16, "HalfStorage"), (TensorType.BF16, "BFloat16Storage"),
        (TensorType.I64, "LongStorage"), (TensorType.I32, "IntStorage"), (TensorType.I16, "ShortStorage"), (TensorType.I8, "CharStorage"),
        (TensorType.U8, "ByteStorage"), (TensorType.Bool, "BoolStorage"),
    ];

    /// <summary>The class in module <c>torch</c>.</summary>
    /// <exception cref="NotSupportedException">PyTorch has no such storage.</exception>
    public static string NameOf(TensorType type)
    {
        foreach (var (candidate, name) in All)
        {
            if (candidate == type) return name;
        }
        throw new NotSupportedException($"Writing a PyTorch file: there is no storage of {type.SafetensorsName()}. Convert the tensor first.");
    }

    /// <summary>The element type of a class in module <c>torch</c>; null where it is none of those read here.</summary>
    public static TensorType? Find(string name)
    {
        foreach (var (type, candidate) in All)
        {
            if (candidate == name) return type;
        }
        return null;
    }
}

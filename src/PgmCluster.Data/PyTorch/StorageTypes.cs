using PgmCluster.Data.Safetensors;

namespace PgmCluster.Data.PyTorch;

/// <summary>PyTorch's classes of storages and the element types they stand for.</summary>
internal static class StorageTypes
{
    private static readonly (TensorType Type, string Name)[] All =
    [
        (TensorType.F64, "DoubleStorage"), (TensorType.F32, "FloatStorage"), (TensorType.F16, "HalfStorage"),
        (TensorType.BF16, "BFloat16Storage"),
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
        throw new NotSupportedException(
            $"Writing a PyTorch file: there is no storage of {type.SafetensorsName()}. Convert the tensor first.");
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

    /// <summary>
    /// Bytes per element of a class whose elements are not read here, so that its storages can be passed over; 0 where that is unknown.
    /// </summary>
    public static int SizeOfUnread(string name) => name switch
    {
        "QInt8Storage" or "QUInt8Storage" or "QUInt4x2Storage" or "QUInt2x4Storage" => 1,
        "QInt32Storage" or "ComplexHalfStorage" => 4,
        "ComplexFloatStorage" => 8,
        "ComplexDoubleStorage" => 16,
        _ => 0,
    };

    /// <summary>The element type of a dtype's name, such as "torch.uint16"; null where it is none of those read here.</summary>
    public static TensorType? OfDtype(string name) => name switch
    {
        "torch.float64" or "torch.double" => TensorType.F64,
        "torch.float32" or "torch.float" => TensorType.F32,
        "torch.float16" or "torch.half" => TensorType.F16,
        "torch.bfloat16" => TensorType.BF16,
        "torch.int64" or "torch.long" => TensorType.I64,
        "torch.int32" or "torch.int" => TensorType.I32,
        "torch.int16" or "torch.short" => TensorType.I16,
        "torch.int8" => TensorType.I8,
        "torch.uint64" => TensorType.U64,
        "torch.uint32" => TensorType.U32,
        "torch.uint16" => TensorType.U16,
        "torch.uint8" => TensorType.U8,
        "torch.bool" => TensorType.Bool,
        _ => null,
    };
}

namespace PgmCluster.Data.Safetensors;

/// <summary>Sizes and names of <see cref="TensorType"/>.</summary>
public static class TensorTypeExtensions
{
    /// <summary>Bytes per element.</summary>
    public static int SizeInBytes(this TensorType type) => type switch
    {
        TensorType.Bool or TensorType.U8 or TensorType.I8 => 1,
        TensorType.I16 or TensorType.U16 or TensorType.F16 or TensorType.BF16 => 2,
        TensorType.I32 or TensorType.U32 or TensorType.F32 => 4,
        TensorType.I64 or TensorType.U64 or TensorType.F64 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    /// <summary>The name in a file's header, such as <c>BF16</c>.</summary>
    public static string SafetensorsName(this TensorType type) => type == TensorType.Bool ? "BOOL" : type.ToString();

    /// <summary>The type of a header's name.</summary>
    /// <returns>False for a name that is none of <see cref="TensorType"/>.</returns>
    public static bool TryParse(string name, out TensorType type)
    {
        foreach (var candidate in Enum.GetValues<TensorType>())
        {
            if (candidate.SafetensorsName() != name) continue;
            type = candidate;
            return true;
        }
        type = default;
        return false;
    }
}

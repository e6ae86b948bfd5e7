using PgmCluster.Data.Safetensors;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Weights;

/// <summary>libtorch's dtypes and those of safetensors.</summary>
public static class TensorTypes
{
    public static TensorType Of(ScalarType dtype) => dtype switch
    {
        ScalarType.Bool => TensorType.Bool,
        ScalarType.Byte => TensorType.U8,
        ScalarType.Int8 => TensorType.I8,
        ScalarType.Int16 => TensorType.I16,
        ScalarType.Int32 => TensorType.I32,
        ScalarType.Int64 => TensorType.I64,
        ScalarType.Float16 => TensorType.F16,
        ScalarType.BFloat16 => TensorType.BF16,
        ScalarType.Float32 => TensorType.F32,
        ScalarType.Float64 => TensorType.F64,
        _ => throw new NotSupportedException($"Storing a tensor: {dtype} has no counterpart in safetensors."),
    };

    public static ScalarType Of(TensorType type) => type switch
    {
        TensorType.Bool => ScalarType.Bool,
        TensorType.U8 => ScalarType.Byte,
        TensorType.I8 => ScalarType.Int8,
        TensorType.I16 => ScalarType.Int16,
        TensorType.I32 => ScalarType.Int32,
        TensorType.I64 => ScalarType.Int64,
        TensorType.F16 => ScalarType.Float16,
        TensorType.BF16 => ScalarType.BFloat16,
        TensorType.F32 => ScalarType.Float32,
        TensorType.F64 => ScalarType.Float64,
        _ => throw new NotSupportedException($"Reading a tensor: libtorch has no {type}."),
    };
}

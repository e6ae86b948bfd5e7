namespace PgmCluster.Data.Safetensors;

/// <summary>The element types of a safetensors file, all little-endian.</summary>
public enum TensorType { Bool, U8, I8, I16, U16, I32, U32, I64, U64, F16, BF16, F32, F64 }

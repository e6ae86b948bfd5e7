namespace PgmCluster.Data.Safetensors;

/// <summary>A tensor whose elements are of a type that is not read here. It only matters where it is needed.</summary>
/// <param name="Name">Its key in the header.</param>
/// <param name="Type">The type's name in the header, such as "F8_E4M3".</param>
/// <param name="Shape">Its sizes, outermost first.</param>
/// <param name="Offset">Bytes from the start of the file.</param>
/// <param name="Length">Bytes.</param>
public sealed record UnreadTensor(string Name, string Type, long[] Shape, long Offset, long Length);

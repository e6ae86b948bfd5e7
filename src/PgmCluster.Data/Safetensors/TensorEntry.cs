namespace PgmCluster.Data.Safetensors;

/// <summary>Where one tensor lies in a safetensors file.</summary>
/// <param name="Name">Its key in the header.</param>
/// <param name="Type">The type of its elements.</param>
/// <param name="Shape">Its sizes, outermost first; empty for a scalar.</param>
/// <param name="Offset">Bytes from the start of the file.</param>
/// <param name="Length">Bytes; always <see cref="ElementCount"/> times the size of an element.</param>
public sealed record TensorEntry(string Name, TensorType Type, long[] Shape, long Offset, long Length)
{
    /// <summary>The number of elements: 1 for a scalar, 0 where a size is 0.</summary>
    public long ElementCount => Length / Type.SizeInBytes();
}

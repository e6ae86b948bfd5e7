using PgmCluster.Data.Safetensors;

namespace PgmCluster.Data.PyTorch.Writing;

/// <summary>
/// A tensor to be written by <see cref="PyTorchWriter"/>. The same object in two places makes two tensors of one storage: tied weights.
/// </summary>
/// <param name="type">The type of the elements; U16, U32 and U64 have no place in a PyTorch file.</param>
/// <param name="shape">The sizes, outermost first; empty for a scalar.</param>
/// <param name="write">Writes the elements, row-major and little-endian, exactly as many as <paramref name="shape"/> says.</param>
public sealed class TensorContent(TensorType type, long[] shape, Action<Stream> write)
{
    public TensorType Type { get; } = type;

    public long[] Shape { get; } = shape;

    public long ElementCount { get; } = shape.Aggregate(1L, (a, b) => checked(a * b));

    public long Length => checked(ElementCount * Type.SizeInBytes());

    internal void WriteTo(Stream stream) => write(stream);
}

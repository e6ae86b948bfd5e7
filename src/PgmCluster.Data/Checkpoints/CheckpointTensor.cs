using PgmCluster.Data.PyTorch;
using PgmCluster.Data.Safetensors;

namespace PgmCluster.Data.Checkpoints;

/// <summary>A named tensor of a checkpoint, in whatever kind of file it lies. Usable as long as the file is open.</summary>
public sealed class CheckpointTensor
{
    private readonly Action<long, Span<byte>> _read;
    private readonly Action<Stream> _copy;

    private CheckpointTensor(
        string name, TensorType type, long[] shape, long length, object identity, Action<long, Span<byte>> read, Action<Stream> copy) =>
        (Name, Type, Shape, Length, Identity, _read, _copy) = (name, type, shape, length, identity, read, copy);

    /// <summary>The reference's name of it.</summary>
    public string Name { get; }

    public TensorType Type { get; }

    /// <summary>Sizes, outermost first; empty for a scalar.</summary>
    public long[] Shape { get; }

    /// <summary>Bytes.</summary>
    public long Length { get; }

    /// <summary>Equal for two tensors that are one and the same: tied weights.</summary>
    public object Identity { get; }

    public static CheckpointTensor Of(string name, SafetensorsFile file, TensorEntry entry) =>
        new(
            name, entry.Type, entry.Shape, entry.Length, entry, (start, to) => file.Read(entry.Name, start, to),
            stream => Copy(file, entry, stream));

    public static CheckpointTensor Of(string name, PyTorchFile file, PyTorchTensor tensor) => new(
        name, tensor.Type, tensor.Shape, tensor.Length,
        (tensor.Storage.Key, tensor.Offset, string.Join(',', tensor.Shape), string.Join(',', tensor.Strides)),
        (start, to) => file.Read(tensor, start, to), stream => file.CopyTo(tensor, stream));

    /// <summary>The same tensor under another name.</summary>
    internal CheckpointTensor Named(string name) =>
        name == Name ? this : new CheckpointTensor(name, Type, Shape, Length, Identity, _read, _copy);

    /// <summary>A part of its elements, row-major.</summary>
    /// <param name="start">Bytes from the first.</param>
    /// <param name="destination">Is filled.</param>
    /// <exception cref="DataCorruptException">The file is damaged.</exception>
    public void Read(long start, Span<byte> destination) => _read(start, destination);

    /// <summary>All elements, row-major, whatever their number.</summary>
    /// <exception cref="DataCorruptException">The file is damaged.</exception>
    public void CopyTo(Stream stream) => _copy(stream);

    private static void Copy(SafetensorsFile file, TensorEntry entry, Stream stream)
    {
        var part = new byte[(int)Math.Min(entry.Length, 1 << 20)];
        for (long at = 0; at < entry.Length; at += part.Length)
        {
            var bytes = part.AsSpan(0, (int)Math.Min(part.Length, entry.Length - at));
            file.Read(entry.Name, at, bytes);
            stream.Write(bytes);
        }
    }
}

using System.Runtime.InteropServices;
using PgmCluster.Data.Safetensors;

namespace PgmCluster.Data.PyTorch;

/// <summary>
/// The part of a storage that a tensor with gaps, repetitions or another order of dimensions lies in, held outside the managed heap while
/// its elements are gathered: they may lie anywhere, and a read call for each of them would take hours.
/// </summary>
internal sealed unsafe class StridedExtent : IDisposable
{
    private readonly PyTorchTensor _tensor;
    private readonly int _size;
    private byte* _bytes;

    /// <param name="tensor">Not contiguous.</param>
    /// <param name="read">Fills a span with bytes of the storage from a position on.</param>
    public StridedExtent(PyTorchTensor tensor, Action<long, Span<byte>> read)
    {
        (_tensor, _size) = (tensor, tensor.Type.SizeInBytes());
        var length = tensor.Extent * _size;
        _bytes = (byte*)NativeMemory.Alloc((nuint)length);
        try
        {
            for (long at = 0; at < length; at += ExactReads.Largest)
                read(tensor.Offset * _size + at, new Span<byte>(_bytes + at, (int)Math.Min(ExactReads.Largest, length - at)));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Elements in row-major order.</summary>
    /// <param name="first">The first element to bring.</param>
    /// <param name="destination">A whole number of elements.</param>
    public void Gather(long first, Span<byte> destination)
    {
        var (shape, strides) = (_tensor.Shape, _tensor.Strides);
        var inner = shape.Length - 1;
        var index = new long[shape.Length];
        var from = 0L;
        for (var i = inner; i >= 0; i--)
        {
            (first, index[i]) = Math.DivRem(first, shape[i]);
            from += index[i] * strides[i];
        }
        while (destination.Length > 0)
        {
            var count = (int)Math.Min(shape[inner] - index[inner], destination.Length / _size);
            CopyRow(_bytes + from * _size, strides[inner] * _size, destination[..(count * _size)]);
            destination = destination[(count * _size)..];
            index[inner] += count;
            from += count * strides[inner];
            for (var i = inner; i > 0 && index[i] == shape[i]; i--)
            {
                from += strides[i - 1] - shape[i] * strides[i];
                index[i] = 0;
                index[i - 1]++;
            }
        }
    }

    public void Dispose()
    {
        NativeMemory.Free(_bytes);
        _bytes = null;
    }

    private void CopyRow(byte* source, long step, Span<byte> destination)
    {
        switch (_size)
        {
            case 1: CopyRow<byte>(source, step, destination); break;
            case 2: CopyRow<ushort>(source, step, destination); break;
            case 4: CopyRow<uint>(source, step, destination); break;
            default: CopyRow<ulong>(source, step, destination); break;
        }
    }

    private static void CopyRow<T>(byte* source, long step, Span<byte> destination) where T : unmanaged
    {
        foreach (ref var element in MemoryMarshal.Cast<byte, T>(destination))
        {
            element = *(T*)source;
            source += step;
        }
    }
}

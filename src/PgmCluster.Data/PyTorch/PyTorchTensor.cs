using PgmCluster.Data.Safetensors;

namespace PgmCluster.Data.PyTorch;

/// <summary>A tensor of a PyTorch file: a view of a storage, whose bytes <see cref="PyTorchFile"/> reads when they are asked for.</summary>
public sealed class PyTorchTensor
{
    internal PyTorchTensor(PyTorchStorage storage, TensorType type, long offset, long[] shape, long[] strides, long count)
    {
        (Storage, Type, Offset, Shape, Strides, ElementCount) = (storage, type, offset, shape, strides, count);
        storage.TensorCount++;
    }

    public PyTorchStorage Storage { get; }

    /// <summary>The type of its elements: the storage's, or another where that holds plain bytes.</summary>
    public TensorType Type { get; }

    /// <summary>Sizes, outermost first; empty for a scalar.</summary>
    public long[] Shape { get; }

    /// <summary>Elements between neighbours along each dimension; 0 repeats one.</summary>
    public long[] Strides { get; }

    /// <summary>The first element's place in the storage.</summary>
    public long Offset { get; }

    /// <summary>1 for a scalar, 0 where a size is 0.</summary>
    public long ElementCount { get; }

    /// <summary>Bytes of all elements, one after another.</summary>
    public long Length => ElementCount * Type.SizeInBytes();

    /// <summary>True where another tensor of the file uses the same storage.</summary>
    public bool IsShared => Storage.TensorCount > 1;

    /// <summary>True where the elements lie in row-major order without gaps.</summary>
    public bool IsContiguous
    {
        get
        {
            if (ElementCount == 0) return true;
            var expected = 1L;
            for (var i = Shape.Length - 1; i >= 0; i--)
            {
                // Where there is no neighbour, its distance means nothing.
                if (Shape[i] != 1 && Strides[i] != expected) return false;
                expected *= Shape[i];
            }
            return true;
        }
    }

    /// <summary>Elements from the first to behind the last.</summary>
    internal long Extent
    {
        get
        {
            if (ElementCount == 0) return 0;
            var last = 0L;
            for (var i = 0; i < Shape.Length; i++) last += (Shape[i] - 1) * Strides[i];
            return last + 1;
        }
    }
}

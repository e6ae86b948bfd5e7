using PgmCluster.Data.Safetensors;
using PgmCluster.Data.Zip;

namespace PgmCluster.Data.PyTorch;

/// <summary>A run of elements in a file that one tensor or several are views of.</summary>
public sealed class PyTorchStorage
{
    internal PyTorchStorage(string key, TensorType type, long count, string location)
    {
        (Key, Type, ElementCount, Location, DeclaredCount) = (key, type, count, location, count);
    }

    /// <summary>Its name within the file.</summary>
    public string Key { get; }

    /// <summary>The type of its elements.</summary>
    public TensorType Type { get; }

    public long ElementCount { get; }

    /// <summary>The device it was saved from, such as "cpu" or "cuda:0". Reading takes no account of it.</summary>
    public string Location { get; }

    /// <summary>Tensors of the file that use it.</summary>
    public int TensorCount { get; internal set; }

    /// <summary>Bytes.</summary>
    public long Length => ElementCount * Type.SizeInBytes();

    /// <summary>
    /// The class of a storage whose elements are of a type that is not read here: it is a storage of bytes then. Null otherwise.
    /// </summary>
    internal string? UnreadType { get; init; }

    /// <summary>Elements as the file counts them.</summary>
    internal long DeclaredCount { get; init; }

    /// <summary>Where its bytes begin in the file.</summary>
    internal long FileOffset { get; set; }

    /// <summary>Its record where that is compressed: the bytes are found by <see cref="UnpackedRecords"/> then. Null otherwise.</summary>
    internal ZipRecord? Deflated { get; set; }

    /// <summary>The declared checksum; null in a legacy file, which has none, and where it is compared by unpacking.</summary>
    internal uint? Crc { get; set; }

    /// <summary>True once the checksum was found right.</summary>
    internal bool IsVerified { get; set; }
}

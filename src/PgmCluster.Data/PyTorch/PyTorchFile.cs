using System.IO.Hashing;
using Microsoft.Win32.SafeHandles;
using PgmCluster.Data.Pickles;
using PgmCluster.Data.Safetensors;
using PgmCluster.Data.Zip;

namespace PgmCluster.Data.PyTorch;

/// <summary>
/// A file of <c>torch.save</c> (.pt, .pth, .ckpt) open for reading. Opening reads its values and checks that every tensor lies within the
/// file; the tensors' bytes are read when they are asked for, and the checksums of zip files are compared then. Elements come
/// little-endian, whatever machine wrote them; what somebody compressed is unpacked into the directory for temporary files. No code of the
/// file is ever run: names other than those that checkpoints of tensors and numbers need are kept as <see cref="OpaqueValue"/>. Reads may
/// come from several threads at once.
/// </summary>
public sealed class PyTorchFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly UnpackedRecords _unpacked;
    private readonly bool _isBigEndian;

    private PyTorchFile(string path, SafeFileHandle handle, UnpackedRecords unpacked, PyTorchContainer container, PyTorchContent content)
    {
        (Path, _handle, _unpacked, Container) = (path, handle, unpacked, container);
        (Root, Storages, _isBigEndian, Unusual) = content;
    }

    /// <summary>The path that was opened.</summary>
    public string Path { get; }

    public PyTorchContainer Container { get; }

    /// <summary>
    /// What was saved, as plain values: null, bool, long, BigInteger, double, string, byte[], <c>object?[]</c> (tuples),
    /// <c>List&lt;object?&gt;</c>,
    /// <see cref="PickleDictionary"/>, <see cref="PyTorchTensor"/>, <see cref="PyTorchStorage"/>, <see cref="TorchSymbol"/>, and
    /// <see cref="OpaqueValue"/> for any other object. No cycles, at most 64 deep.
    /// </summary>
    public object? Root { get; }

    public IReadOnlyCollection<PyTorchStorage> Storages { get; }

    /// <summary>What other programs did to the file, such as a comment or compressed records; null where nothing is.</summary>
    public string? Unusual { get; }

    /// <summary>Whether a file begins like one of PyTorch's.</summary>
    public static bool IsLike(ReadOnlySpan<byte> start) => start.StartsWith(ZipContainer.Start) || start.StartsWith(LegacyStream.Start);

    /// <summary>
    /// Opens a file and reads its values. Takes memory for at most twice the file's size and 64 MB, tensors that are read later included.
    /// </summary>
    /// <exception cref="BadInputException">
    /// It is no PyTorch file, or asks for something that is there to run programs; the message names it.
    /// </exception>
    /// <exception cref="DataCorruptException">It is truncated, damaged or contradicts itself.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static PyTorchFile Open(string path) => Open(path, path);

    /// <param name="path">The file.</param>
    /// <param name="shown">What messages call it.</param>
    internal static PyTorchFile Open(string path, string shown)
    {
        var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        var unpacked = new UnpackedRecords(handle);
        try
        {
            var length = RandomAccess.GetLength(handle);
            var start = new byte[(int)Math.Min(length, LegacyStream.Start.Length)];
            ExactReads.Fill(handle, 0, start);
            if (!IsLike(start))
                throw new BadInputException(
                    $"Reading {shown}: {length} bytes that begin neither like a PyTorch zip file nor like a legacy one. "
                    + "Name a .pt, .pth or .ckpt file of torch.save.");
            var budget = new ReadBudget(length);
            var container = start.AsSpan().StartsWith(ZipContainer.Start) ? PyTorchContainer.Zip : PyTorchContainer.Legacy;
            var content = container == PyTorchContainer.Zip
                ? ZipContainer.Read(handle, length, budget, unpacked)
                : LegacyStream.Read(handle, length, budget);
            return new PyTorchFile(shown, handle, unpacked, container, content);
        }
        catch (Exception e)
        {
            unpacked.Dispose();
            handle.Dispose();
            if (e is PickleRefusedException)
                throw new BadInputException(
                    $"Reading {shown}: {e.Message}. Nothing of it was run. Do not use it; "
                    + "fetch the checkpoint from a source that you trust.", e);
            if (e is FormatException) throw Corrupt(shown, e);
            throw;
        }
    }

    /// <summary>All elements of a tensor, row-major, whatever its strides.</summary>
    /// <param name="tensor">Of this file.</param>
    /// <param name="destination">As long as the tensor exactly, in bytes.</param>
    /// <exception cref="DataCorruptException">The checksum is wrong, or the file has been truncated meanwhile.</exception>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    public void Read(PyTorchTensor tensor, Span<byte> destination)
    {
        if (destination.Length != tensor.Length)
            throw new ArgumentException(
                $"The tensor has {tensor.Length} bytes, the destination {destination.Length}.", nameof(destination));
        Read(tensor, 0, destination);
    }

    /// <summary>A part of a tensor's elements: the way to read one of 2 GB or more, which no span holds.</summary>
    /// <param name="tensor">Of this file.</param>
    /// <param name="start">Bytes from its first, a whole number of elements.</param>
    /// <param name="destination">Is filled; a whole number of elements.</param>
    /// <exception cref="DataCorruptException">The checksum is wrong, or the file has been truncated meanwhile.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The part leaves the tensor.</exception>
    public void Read(PyTorchTensor tensor, long start, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, tensor.Length - destination.Length);
        if (destination.Length == 0) return;
        var size = tensor.Type.SizeInBytes();
        if (tensor.IsContiguous)
        {
            ReadElements(tensor, tensor.Offset * size + start, destination);
            return;
        }
        using var extent = Extent(tensor);
        extent.Gather(start / size, destination);
    }

    /// <summary>All elements of a tensor of less than 2 GB.</summary>
    /// <exception cref="DataCorruptException">The checksum is wrong, or the file has been truncated meanwhile.</exception>
    public byte[] Read(PyTorchTensor tensor)
    {
        if (tensor.Length > Array.MaxLength)
            throw new NotSupportedException($"A tensor of {Path} has {tensor.Length} bytes, too many for one array: read it in parts.");
        var bytes = new byte[tensor.Length];
        Read(tensor, bytes);
        return bytes;
    }

    /// <summary>Writes all elements of a tensor of any size, row-major.</summary>
    /// <exception cref="DataCorruptException">The checksum is wrong, or the file has been truncated meanwhile.</exception>
    public void CopyTo(PyTorchTensor tensor, Stream destination)
    {
        using var extent = tensor.IsContiguous ? null : Extent(tensor);
        var part = new byte[(int)Math.Min(tensor.Length, 1 << 20)];
        for (long at = 0; at < tensor.Length; at += part.Length)
        {
            var bytes = part.AsSpan(0, (int)Math.Min(part.Length, tensor.Length - at));
            if (extent is null) Read(tensor, at, bytes);
            else extent.Gather(at / tensor.Type.SizeInBytes(), bytes);
            destination.Write(bytes);
        }
    }

    public void Dispose()
    {
        _unpacked.Dispose();
        _handle.Dispose();
    }

    private StridedExtent Extent(PyTorchTensor tensor) => new(tensor, (start, destination) => ReadElements(tensor, start, destination));

    /// <summary>Bytes of a tensor's storage, a whole number of the tensor's elements.</summary>
    private void ReadElements(PyTorchTensor tensor, long start, Span<byte> destination)
    {
        ReadStorage(tensor.Storage, start, destination);
        if (_isBigEndian) ByteOrder.Reverse(destination, tensor.Type.SizeInBytes());
    }

    private void ReadStorage(PyTorchStorage storage, long start, Span<byte> destination)
    {
        try
        {
            if (storage.Deflated is { } record)
            {
                var (unpacked, offset) = _unpacked.Find(record);
                ExactReads.Fill(unpacked, offset + start, destination);
                return;
            }
            var whole = start == 0 && destination.Length == storage.Length;
            if (!whole && storage is { Crc: { } declared, IsVerified: false })
            {
                ZipContainer.CheckCrc(_handle, storage.FileOffset, storage.Length, declared, storage.Key);
                storage.IsVerified = true;
            }
            ExactReads.Fill(_handle, storage.FileOffset + start, destination);
            if (whole && storage is { Crc: { } expected, IsVerified: false })
            {
                // The bytes that were just read are still in the caches, so that this costs no second read.
                if (Crc32.HashToUInt32(destination) is var actual && actual != expected) throw ZipContainer.WrongCrc(storage.Key, expected, actual);
                storage.IsVerified = true;
            }
        }
        catch (FormatException e)
        {
            throw Corrupt(Path, e);
        }
    }

    private static DataCorruptException Corrupt(string path, Exception e) => new($"Reading {path}: {e.Message}. Fetch or save it anew.", e);
}

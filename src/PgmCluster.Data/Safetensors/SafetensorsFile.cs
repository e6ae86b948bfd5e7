using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using PgmCluster.Data.Artifacts;

namespace PgmCluster.Data.Safetensors;

/// <summary>
/// A safetensors file open for reading. The header is checked as a whole when opening, so that every later read lies within the file.
/// Reads may come from several threads at once.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly Dictionary<string, TensorEntry> _byName;

    private SafetensorsFile(
        string path, SafeFileHandle handle, List<TensorEntry> entries, List<UnreadTensor> unread, Dictionary<string, string> metadata)
    {
        Path = path;
        _handle = handle;
        Entries = entries;
        Unread = unread;
        Metadata = metadata;
        _byName = entries.ToDictionary(e => e.Name, StringComparer.Ordinal);
    }

    /// <summary>The path that was opened, or the place of the artifact: for messages.</summary>
    public string Path { get; }

    /// <summary>All tensors in the order of the header.</summary>
    public IReadOnlyList<TensorEntry> Entries { get; }

    /// <summary>Tensors of types that are not read here, in the order of the header; none of them is among the entries.</summary>
    public IReadOnlyList<UnreadTensor> Unread { get; }

    /// <summary>The texts of the header's <c>__metadata__</c>; empty where it has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The open file, for mapping it into memory.</summary>
    internal SafeFileHandle Handle => _handle;

    /// <summary>The entry of a tensor.</summary>
    /// <exception cref="DataCorruptException">The file has no tensor of that name.</exception>
    public TensorEntry this[string name] => _byName.TryGetValue(name, out var entry)
        ? entry
        : throw new DataCorruptException(Unread.FirstOrDefault(u => u.Name == name) is { } unread
            ? $"Reading {Path}: its tensor '{name}' is of type {unread.Type}, which is not read here. "
                + "Convert it to a type that is, such as BF16."
            : $"Reading {Path}: it has no tensor '{name}' among its {Entries.Count}. Is it the right file?");

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="DataCorruptException">The file is not a whole safetensors file; the message names it and the reason.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static SafetensorsFile Open(string path) => Open(path, path);

    /// <summary>Opens an artifact's content, which stays open when the artifact is disposed.</summary>
    /// <inheritdoc cref="Open(string)"/>
    public static SafetensorsFile Open(FetchedArtifact artifact) => Open(artifact.Path, artifact.Place);

    /// <param name="path">The file.</param>
    /// <param name="shown">What messages call it.</param>
    internal static SafetensorsFile Open(string path, string shown)
    {
        var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        try
        {
            var (entries, unread, metadata) = ReadHeader(handle);
            return new SafetensorsFile(shown, handle, entries, unread, metadata);
        }
        catch (Exception e)
        {
            handle.Dispose();
            if (e is not FormatException) throw;
            throw new DataCorruptException($"Reading {shown}: {e.Message.ReplaceLineEndings(" ")}.", e);
        }
    }

    /// <summary>Whether the file has a tensor of that name.</summary>
    public bool Contains(string name) => _byName.ContainsKey(name);

    /// <summary>Reads all bytes of a tensor.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="destination">As long as the tensor exactly, in bytes.</param>
    /// <exception cref="DataCorruptException">There is no such tensor, or the file has been truncated meanwhile.</exception>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    public void Read(string name, Span<byte> destination)
    {
        var entry = this[name];
        if (destination.Length != entry.Length)
            throw new ArgumentException(
                $"Tensor '{name}' has {entry.Length} bytes, the destination {destination.Length}.", nameof(destination));
        ReadAt(entry.Offset, destination);
    }

    /// <summary>Reads a part of a tensor: the way to read one of 2 GB or more, which no span holds.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="start">Bytes from the tensor's first.</param>
    /// <param name="destination">Is filled.</param>
    /// <exception cref="DataCorruptException">There is no such tensor, or the file has been truncated meanwhile.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The part leaves the tensor.</exception>
    public void Read(string name, long start, Span<byte> destination)
    {
        var entry = this[name];
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, entry.Length - destination.Length);
        ReadAt(entry.Offset + start, destination);
    }

    /// <summary>All bytes of a tensor of less than 2 GB.</summary>
    /// <exception cref="DataCorruptException">There is no such tensor, or the file has been truncated meanwhile.</exception>
    public byte[] Read(string name)
    {
        var entry = this[name];
        var bytes = new byte[CheckedLength(entry, entry.Length)];
        ReadAt(entry.Offset, bytes);
        return bytes;
    }

    /// <summary>The elements of a tensor in row-major order.</summary>
    /// <typeparam name="T">A type as wide as the tensor's elements; what the bits mean is the caller's business.</typeparam>
    /// <exception cref="DataCorruptException">
    /// There is no such tensor, or its elements are wider or narrower than <typeparamref name="T"/>.
    /// </exception>
    public T[] ReadArray<T>(string name) where T : unmanaged
    {
        var entry = this[name];
        var size = Unsafe.SizeOf<T>();
        if (size != entry.Type.SizeInBytes())
        {
            throw new DataCorruptException(
                $"Reading {Path}: tensor '{name}' is {entry.Type.SafetensorsName()}, which is not {size} bytes wide as {typeof(T).Name} "
                + "is.");
        }
        var array = new T[CheckedLength(entry, entry.ElementCount)];
        var perRead = ExactReads.Largest / size;
        for (var first = 0; first < array.Length; first += perRead)
        {
            var part = array.AsSpan(first, Math.Min(perRead, array.Length - first));
            ReadAt(entry.Offset + (long)first * size, MemoryMarshal.AsBytes(part));
        }
        return array;
    }

    public void Dispose() => _handle.Dispose();

    private static (List<TensorEntry>, List<UnreadTensor>, Dictionary<string, string>) ReadHeader(SafeFileHandle handle)
    {
        var fileLength = RandomAccess.GetLength(handle);
        Span<byte> prefix = stackalloc byte[8];
        if (fileLength < prefix.Length) throw new FormatException($"{fileLength} bytes are too few for a safetensors file");
        ExactReads.Fill(handle, 0, prefix);
        var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerLength > SafetensorsHeader.MaxLength)
            throw new FormatException(
                $"a header of {headerLength} bytes exceeds the limit of {SafetensorsHeader.MaxLength}; is it a safetensors file?");
        var dataStart = prefix.Length + (long)headerLength;
        if (dataStart > fileLength)
            throw new FormatException($"the header should end at byte {dataStart}, but the file at {fileLength}; it is truncated");

        var json = new byte[headerLength];
        ExactReads.Fill(handle, prefix.Length, json);
        return SafetensorsHeader.Parse(json, dataStart, fileLength);
    }

    private int CheckedLength(TensorEntry entry, long length) => length <= Array.MaxLength
        ? (int)length
        : throw new NotSupportedException(
            $"Tensor '{entry.Name}' of {Path} has {entry.Length} bytes, too many for one array: read it in parts.");

    private void ReadAt(long offset, Span<byte> destination)
    {
        try
        {
            ExactReads.Fill(_handle, offset, destination);
        }
        catch (FormatException e)
        {
            throw new DataCorruptException($"Reading {Path}: {e.Message}.", e);
        }
    }
}

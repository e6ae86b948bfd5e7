using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Safetensors;

namespace PgmCluster.Data.Tokens;

/// <summary>
/// A token shard, mapped into memory: opening costs nothing but the header, and the system keeps what is used. Reads may come from
/// several threads at once, but none may outlast <see cref="Dispose"/>.
/// </summary>
public sealed unsafe class TokenShard : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly long _codesOffset;
    private readonly long _labelsOffset;
    private byte* _start;

    private TokenShard(string path, SafetensorsFile header)
    {
        var codes = Expect(header, TokenShardLayout.Codes, TensorType.U16, dimensions: 3);
        var labels = Expect(header, TokenShardLayout.Labels, TensorType.I32, dimensions: 1);
        if (labels.Shape[0] != codes.Shape[0])
            throw new DataCorruptException($"Opening the token shard {path}: {codes.Shape[0]} pictures, but {labels.Shape[0]} labels.");
        if (codes.Shape.Any(size => size > int.MaxValue) || codes.Shape[1] * codes.Shape[2] is < 1 or > int.MaxValue)
            throw new DataCorruptException(
                $"Opening the token shard {path}: codes of the shape [{string.Join(",", codes.Shape)}] are none.");

        Path = path;
        Count = (int)codes.Shape[0];
        Height = (int)codes.Shape[1];
        Width = (int)codes.Shape[2];
        Metadata = header.Metadata;
        (_codesOffset, _labelsOffset) = (codes.Offset, labels.Offset);
        // The very file whose header was checked, even if the name belongs to another by now.
        _file = MemoryMappedFile.CreateFromFile(
            header.Handle, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _start += _view.PointerOffset;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The number of pictures.</summary>
    public int Count { get; }

    /// <summary>Codes from top to bottom of a picture.</summary>
    public int Height { get; }

    /// <summary>Codes from left to right of a picture.</summary>
    public int Width { get; }

    /// <summary>What the writer noted.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a shard. The file must not be changed while it is open; replacing or deleting it is harmless.</summary>
    /// <exception cref="DataCorruptException">It is no whole token shard; the message names the file and the reason.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static TokenShard Open(string path)
    {
        using var header = SafetensorsFile.Open(path);
        return new TokenShard(path, header);
    }

    /// <summary>Opens an artifact's content, which stays open when the artifact is disposed.</summary>
    /// <inheritdoc cref="Open(string)"/>
    public static TokenShard Open(FetchedArtifact artifact)
    {
        using var header = SafetensorsFile.Open(artifact);
        return new TokenShard(artifact.Place, header);
    }

    /// <summary>The codes of a picture.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    /// <returns>[height, width], row by row, within the mapped file: to be used before the shard is disposed.</returns>
    public ReadOnlySpan<ushort> Codes(int index)
    {
        Check(index);
        var length = Height * Width;
        return new ReadOnlySpan<ushort>(_start + _codesOffset + (long)index * length * sizeof(ushort), length);
    }

    /// <summary>The class of a picture.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    public int Label(int index)
    {
        Check(index);
        return Unsafe.ReadUnaligned<int>(_start + _labelsOffset + (long)index * sizeof(int));
    }

    public void Dispose()
    {
        if (_start is null) return;
        _start = null;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private static TensorEntry Expect(SafetensorsFile file, string name, TensorType type, int dimensions)
    {
        var entry = file[name];
        if (entry.Type == type && entry.Shape.Length == dimensions) return entry;
        throw new DataCorruptException(
            $"Opening the token shard {file.Path}: '{name}' is {entry.Type.SafetensorsName()} with {entry.Shape.Length} dimension(s), "
            + $"not {type.SafetensorsName()} with {dimensions}.");
    }

    private void Check(int index)
    {
        ObjectDisposedException.ThrowIf(_start is null, this);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
    }
}

using System.Runtime.InteropServices;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Safetensors;

namespace PgmCluster.Data.Tokens;

/// <summary>
/// A token shard, held open: opening reads the header and the labels, and a picture's codes are read where they lie, out of the memory that
/// the system keeps of the file. It is not mapped into the process: of a mapped file that is cut or lost, the processor's signal is all one
/// hears, and it ends the process; a read says so. Reads may come from several threads at once.
/// </summary>
public sealed class TokenShard : IDisposable
{
    private readonly SafetensorsFile _file;
    private readonly string? _sha256;
    private readonly long _codesOffset;
    private readonly int[] _labels;
    private readonly Lock _gate = new();

    /// <summary>The file as it was when it was last known to be right; null where the system does not tell.</summary>
    private volatile Seen? _seen;

    private TokenShard(SafetensorsFile file, string? sha256)
    {
        var codes = Expect(file, TokenShardLayout.Codes, TensorType.U16, dimensions: 3);
        var labels = Expect(file, TokenShardLayout.Labels, TensorType.I32, dimensions: 1);
        if (labels.Shape[0] != codes.Shape[0])
            throw new DataCorruptException(
                $"Opening the token shard {file.Path}: {codes.Shape[0]} pictures, but {labels.Shape[0]} labels.");
        if (codes.Shape.Any(size => size > int.MaxValue) || codes.Shape[1] * codes.Shape[2] is < 1 or > int.MaxValue)
            throw new DataCorruptException(
                $"Opening the token shard {file.Path}: codes of the shape [{string.Join(",", codes.Shape)}] are none.");

        (_file, _sha256, _codesOffset) = (file, sha256, codes.Offset);
        Count = (int)codes.Shape[0];
        Height = (int)codes.Shape[1];
        Width = (int)codes.Shape[2];
        _seen = Seen.Of(file);
        _labels = file.ReadArray<int>(TokenShardLayout.Labels);
        if (!IsAsWritten()) throw Changed();
    }

    /// <summary>The file.</summary>
    public string Path => _file.Path;

    /// <summary>The number of pictures.</summary>
    public int Count { get; }

    /// <summary>Codes from top to bottom of a picture.</summary>
    public int Height { get; }

    /// <summary>Codes from left to right of a picture.</summary>
    public int Width { get; }

    /// <summary>What the writer noted.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _file.Metadata;

    /// <summary>SHA-256 of the weights that made it; null where the writer did not say.</summary>
    public string? Tokenizer => Metadata.GetValueOrDefault(TokenShardLayout.Tokenizer);

    /// <summary>Opens a shard as it is. Replacing or deleting the file is harmless afterwards.</summary>
    /// <exception cref="DataCorruptException">It is no whole token shard; the message names the file and the reason.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static TokenShard Open(string path) => Open(SafetensorsFile.Open(path), null);

    /// <summary>
    /// Opens an artifact's content, which stays open when the artifact is disposed, and is what was written or not read: whoever changes
    /// the file in place has the next read refused.
    /// </summary>
    /// <inheritdoc cref="Open(string)"/>
    public static TokenShard Open(FetchedArtifact artifact) => Open(SafetensorsFile.Open(artifact), artifact.Info.Sha256);

    /// <summary>Reads the codes of a picture.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    /// <param name="codes">[height, width], row by row; is filled.</param>
    /// <exception cref="DataCorruptException">The file was cut or changed since it was opened; the message names it.</exception>
    public void Read(int index, Span<ushort> codes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        if (codes.Length != Height * Width)
            throw new ArgumentException($"A picture of this shard has {Height}x{Width} codes, not {codes.Length}.", nameof(codes));
        ReadAt((long)index * codes.Length, codes);
        RequireUnchanged();
    }

    /// <summary>The codes of a picture, in memory of their own: see <see cref="Read"/>.</summary>
    public ReadOnlySpan<ushort> Codes(int index)
    {
        var codes = new ushort[Height * Width];
        Read(index, codes);
        return codes;
    }

    /// <summary>The class of a picture.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    public int Label(int index)
    {
        ObjectDisposedException.ThrowIf(_file.Handle.IsClosed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return _labels[index];
    }

    /// <summary>The largest of all codes, 0 where there are none: read once in this process where the file's hash is known.</summary>
    /// <exception cref="DataCorruptException">The file was cut or changed since it was opened; the message names it.</exception>
    public int LargestCode()
    {
        if (_sha256 is not null && LargestCodes.Find(_sha256) is { } known) return known;
        var (largest, buffer) = (0, new ushort[1 << 18]);
        var length = (long)Count * Height * Width;
        for (long first = 0; first < length; first += buffer.Length)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - first));
            ReadAt(first, part);
            largest = Math.Max(largest, LargestCodes.In(part));
        }
        RequireUnchanged();
        if (_sha256 is not null) LargestCodes.Note(_sha256, largest);
        return largest;
    }

    public void Dispose() => _file.Dispose();

    private static TokenShard Open(SafetensorsFile file, string? sha256)
    {
        try
        {
            return new TokenShard(file, sha256);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static TensorEntry Expect(SafetensorsFile file, string name, TensorType type, int dimensions)
    {
        var entry = file[name];
        if (entry.Type == type && entry.Shape.Length == dimensions) return entry;
        throw new DataCorruptException(
            $"Opening the token shard {file.Path}: '{name}' is {entry.Type.SafetensorsName()} with {entry.Shape.Length} dimension(s), "
            + $"not {type.SafetensorsName()} with {dimensions}.");
    }

    private void ReadAt(long firstCode, Span<ushort> codes)
    {
        try
        {
            ExactReads.Fill(_file.Handle, _codesOffset + (firstCode * sizeof(ushort)), MemoryMarshal.AsBytes(codes));
        }
        catch (FormatException e)
        {
            throw new DataCorruptException($"Reading {Path}: {e.Message}. {WhatToDo}", e);
        }
    }

    /// <summary>
    /// What was read is of the file that was verified. Links, names and rights may change beside the content: then the content is looked
    /// at.
    /// </summary>
    private void RequireUnchanged()
    {
        if (_seen is not { } seen || seen.Is(_file)) return;
        lock (_gate)
        {
            var now = Seen.Of(_file);
            if (!IsAsWritten() || (_sha256 is null && !seen.IsAsLongAndOldAs(now))) throw Changed();
            _seen = now;
        }
    }

    private bool IsAsWritten() =>
        _sha256 is null || VerifiedFiles.HashAsync(_file.Handle, CancellationToken.None).GetAwaiter().GetResult() == _sha256;

    private DataCorruptException Changed() => new($"Reading {Path}: it has changed since it was written. {WhatToDo}");

    private const string WhatToDo = "Put the file back from a copy, or have what made it made again under a new id.";

    private sealed record Seen(FileIdentity Identity)
    {
        public static Seen? Of(SafetensorsFile file) => FileIdentity.Of(file.Handle) is { } identity ? new Seen(identity) : null;

        public bool Is(SafetensorsFile file) => FileIdentity.Of(file.Handle) == Identity;

        public bool IsAsLongAndOldAs(Seen? other) =>
            other is not null && (Identity.Size, Identity.Modified) == (other.Identity.Size, other.Identity.Modified);
    }
}

using System.Buffers.Binary;
using System.Text.Json;

namespace PgmCluster.Data.Tables;

/// <summary>
/// The conversation of a silo with the process that reads tables for it, over two pipes: frames of a kind (U8), a length (I32,
/// little-endian) and so many bytes.
/// </summary>
internal sealed class Frames(Stream input, Stream output)
{
    /// <summary>A picture with what is said of it; a longer frame is none.</summary>
    public const int Longest = (256 << 20) + (1 << 20);

    /// <summary>Kinds, by who says them.</summary>
    public const byte Open = (byte)'o', Rows = (byte)'g', Content = (byte)'b';

    /// <inheritdoc cref="Open"/>
    public const byte Read = (byte)'r', Layout = (byte)'l', Row = (byte)'p', Done = (byte)'d', Refused = (byte)'e', Exhausted = (byte)'m';

    private const int HeadSize = 5;

    /// <summary>The next frame; null where the other side has ended.</summary>
    /// <exception cref="InvalidDataException">What comes is no frame.</exception>
    public async Task<(byte Kind, byte[] Content)?> ReadAsync(CancellationToken cancellation)
    {
        var head = new byte[HeadSize];
        var got = await input.ReadAtLeastAsync(head, HeadSize, throwOnEndOfStream: false, cancellation);
        if (got < HeadSize) return null;
        var length = BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(1));
        if (length is < 0 or > Longest) throw new InvalidDataException($"A frame claims {length} bytes.");
        var content = new byte[length];
        got = await input.ReadAtLeastAsync(content, length, throwOnEndOfStream: false, cancellation);
        return got < length ? null : (head[0], content);
    }

    /// <exception cref="IOException">The other side has ended.</exception>
    public async Task WriteAsync(byte kind, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        var head = new byte[HeadSize];
        head[0] = kind;
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(1), content.Length);
        await output.WriteAsync(head, cancellation);
        await output.WriteAsync(content, cancellation);
        await output.FlushAsync(cancellation);
    }

    /// <inheritdoc cref="WriteAsync(byte, ReadOnlyMemory{byte}, CancellationToken)"/>
    public Task WriteDocumentAsync<T>(byte kind, T document, CancellationToken cancellation) =>
        WriteAsync(kind, JsonSerializer.SerializeToUtf8Bytes(document), cancellation);
}

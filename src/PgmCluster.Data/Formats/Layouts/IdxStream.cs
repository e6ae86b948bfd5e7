using System.Buffers.Binary;
using PgmCluster.Data.Blobs;

namespace PgmCluster.Data.Formats.Layouts;

/// <summary>An IDX file of unsigned bytes, plain or gzipped, read forward.</summary>
internal sealed class IdxStream : IAsyncDisposable
{
    private const int UnsignedByte = 8;
    private const long LargestElement = 1 << 28;

    private readonly string _path;
    private readonly ReadHash _raw;
    private readonly Stream _content;

    private IdxStream(string path, ReadHash raw, Stream content) => (_path, _raw, _content) = (path, raw, content);

    /// <summary>The sizes, outermost first.</summary>
    public int[] Shape { get; private set; } = [];

    /// <summary>Bytes of one of the outermost.</summary>
    public int ElementLength { get; private set; }

    /// <summary>The next byte, counted after unpacking.</summary>
    public long Position { get; private set; }

    /// <exception cref="BadInputException">It is something else, or broken; the message says how.</exception>
    public static async Task<IdxStream> OpenAsync(IBlobs blobs, string name, int dimensions, CancellationToken cancellation)
    {
        var raw = new ReadHash(await blobs.OpenAsync(name, 0, cancellation));
        var content = PlacedReading.IsPacked(name) ? new GzipContent(raw) : (Stream)raw;
        var file = new IdxStream($"{blobs.Location}/{name}", raw, content);
        try
        {
            await file.ReadHeaderAsync(dimensions, cancellation);
            return file;
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    /// <summary>Fills the destination.</summary>
    /// <exception cref="BadInputException">The file ends before.</exception>
    public async Task ReadAsync(Memory<byte> destination, CancellationToken cancellation)
    {
        int got;
        try
        {
            got = await _content.ReadAtLeastAsync(destination, destination.Length, throwOnEndOfStream: false, cancellation);
        }
        catch (InvalidDataException e)
        {
            throw Bad("its gzip data are corrupt or truncated", e);
        }
        Position += got;
        if (got < destination.Length) throw Bad($"it is truncated: it ends at byte {Position} of its content");
    }

    /// <summary>Reads to the end, which has to be here.</summary>
    /// <returns>SHA-256 of the file as it lies there.</returns>
    /// <exception cref="BadInputException">It goes on, or its checksum or length is wrong.</exception>
    public async Task<byte[]> FinishAsync(CancellationToken cancellation)
    {
        try
        {
            if (await _content.ReadAsync(new byte[1], cancellation) > 0) throw Bad("it goes on after what its header announces");
            if (_content is GzipContent packed) await packed.FinishAsync(cancellation);
        }
        catch (InvalidDataException e)
        {
            throw Bad("its gzip data are corrupt, truncated, or in several parts (then unpack it)", e);
        }
        return await _raw.FinishAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _content.DisposeAsync();
        await _raw.DisposeAsync();
    }

    private async Task ReadHeaderAsync(int dimensions, CancellationToken cancellation)
    {
        var header = new byte[4 + 4 * dimensions];
        await ReadAsync(header, cancellation);
        var (magic, expected) = (BinaryPrimitives.ReadInt32BigEndian(header), (UnsignedByte << 8) | dimensions);
        if (magic != expected)
            throw Bad($"it begins with 0x{magic:x8}, not 0x{expected:x8} as unsigned bytes with {dimensions} dimension(s) do");
        Shape = [.. Enumerable.Range(1, dimensions).Select(i => BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4 * i)))];
        if (Shape.Any(s => s < 1)) throw Bad($"its header holds the sizes {string.Join(" x ", Shape)}");
        var element = Shape.Skip(1).Aggregate((Int128)1, (product, size) => product * size);
        if (element > LargestElement) throw Bad($"its header announces pictures of {element} pixels");
        ElementLength = (int)element;
    }

    private BadInputException Bad(string found, Exception? inner = null)
    {
        var message = $"Reading the IDX file {_path}: {found}. Download or copy it anew.";
        return inner is null ? new(message) : new(message, inner);
    }
}

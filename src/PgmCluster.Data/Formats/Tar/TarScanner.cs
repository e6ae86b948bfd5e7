namespace PgmCluster.Data.Formats.Tar;

/// <summary>
/// Reads a tar archive forward: USTAR (POSIX.1-1988), PAX (POSIX.1-2001) and GNU headers. Memory is bounded whatever the archive says:
/// System.Formats.Tar takes up to 2 GB for one extended header, and does not say where in a gzipped archive a member lies.
/// </summary>
/// <param name="stream">The archive, unpacked; read forward, not disposed.</param>
/// <param name="name">Names the archive in messages.</param>
internal sealed class TarScanner(Stream stream, string name)
{
    private const int BlockSize = 512;

    /// <summary>The largest extended header: names and attributes take hundreds of bytes.</summary>
    private const int LargestHeader = 1 << 20;

    private const long LongestMember = 1L << 50;

    private readonly byte[] _block = new byte[BlockSize];
    private long _at, _next;
    private TarMember _current;

    /// <summary>The next member; null behind the last.</summary>
    /// <exception cref="BadInputException">The archive is damaged or cut; the message says where.</exception>
    public async Task<TarMember?> NextAsync(CancellationToken cancellation)
    {
        var extended = new TarExtensions();
        while (true)
        {
            await SkipToAsync(_next, cancellation);
            if (!await BlockAsync(cancellation))
                throw Bad($"it ends at byte {_at} without the empty blocks that close a tar: it is cut{Behind()}");
            if (_block.AsSpan().IndexOfAnyExcept((byte)0) < 0) return null;
            var header = TarHeader.Parse(_block) ?? throw Bad($"its header at byte {_at - BlockSize} is damaged{Behind()}");
            if (header.Length < 0) throw Bad($"its header at byte {_at - BlockSize} gives a length below zero{Behind()}");
            switch (header.Type)
            {
                case 'x':
                    extended.ReadPax(await SmallAsync(header, cancellation), Bad);
                    break;
                case 'g':
                    // Attributes of all later members: none of them are places or lengths.
                    await SmallAsync(header, cancellation);
                    break;
                case 'L':
                    extended.Name = TarHeader.NameOf((await SmallAsync(header, cancellation)).AsSpan());
                    break;
                case 'K':
                    await SmallAsync(header, cancellation);
                    break;
                default:
                    var length = extended.Length ?? header.Length;
                    if (length > LongestMember)
                        throw Bad($"its header at byte {_at - BlockSize} claims {length} bytes of content{Behind()}");
                    _next = _at + Padded(length);
                    _current = new TarMember(
                        extended.Name ?? header.Name, extended.IsSparse ? TarMemberKind.Sparse : header.Kind, _at, length);
                    return _current;
            }
        }
    }

    /// <summary>Reads the content of the member that was given last.</summary>
    /// <exception cref="BadInputException">The archive ends within it.</exception>
    public async Task ReadAsync(Memory<byte> content, CancellationToken cancellation)
    {
        if (_at != _current.Offset || content.Length != _current.Length)
            throw new InvalidOperationException("A member's content is read once, whole.");
        var got = await stream.ReadAtLeastAsync(content, content.Length, throwOnEndOfStream: false, cancellation);
        _at += got;
        if (got < content.Length) throw Bad($"it ends at byte {_at}, within {_current.Name}: it is cut");
    }

    private async Task<byte[]> SmallAsync(TarHeader header, CancellationToken cancellation)
    {
        if (header.Length > LargestHeader)
            throw Bad(
                $"its extended header at byte {_at - BlockSize} claims {header.Length} bytes, more than the {LargestHeader} that are read");
        var content = new byte[header.Length];
        _next = _at + Padded(header.Length);
        var got = await stream.ReadAtLeastAsync(content, content.Length, throwOnEndOfStream: false, cancellation);
        _at += got;
        return got == content.Length ? content : throw Bad($"it ends at byte {_at}, within a header: it is cut");
    }

    private async Task<bool> BlockAsync(CancellationToken cancellation)
    {
        var got = await stream.ReadAtLeastAsync(_block, BlockSize, throwOnEndOfStream: false, cancellation);
        _at += got;
        _next = _at;
        if (got is not 0 and not BlockSize) throw Bad($"it ends at byte {_at}, within a header: it is cut");
        return got > 0;
    }

    private async Task SkipToAsync(long target, CancellationToken cancellation)
    {
        var count = target - _at;
        if (count == 0) return;
        if (stream.CanSeek && count > stream.Length - stream.Position)
            throw Bad($"it ends at byte {_at + stream.Length - stream.Position}, within {_current.Name}: it is cut");
        if (stream.CanSeek)
        {
            stream.Seek(count, SeekOrigin.Current);
            _at = target;
            return;
        }
        try
        {
            await ForwardReads.SkipAsync(stream, count, cancellation);
        }
        catch (EndOfStreamException)
        {
            throw Bad($"it ends within {_current.Name}: it is cut");
        }
        _at = target;
    }

    private string Behind() => _current.Name is { } last ? $" (behind {last})" : "";

    private static long Padded(long length) => (length + BlockSize - 1) / BlockSize * BlockSize;

    private BadInputException Bad(string found) => new($"Reading the tar archive {name}: {found}. Fetch or copy it anew.");
}

using PgmCluster.Data.Downloads;

namespace PgmCluster.Data.Blobs.Http;

/// <summary>
/// A file of a web server from a byte on, forward. It is asked for in pieces that grow while they are read on, so that a picture costs no
/// more than itself and a connection is used again; what breaks off is asked for again from the next byte.
/// </summary>
/// <param name="file">Which.</param>
/// <param name="offset">The first byte.</param>
/// <param name="firstPause">Before what broke off is asked for again; each further time without any byte it is twice as long.</param>
/// <param name="patience">How long the next byte may take.</param>
internal sealed class HttpFileStream(HttpFile file, long offset, TimeSpan firstPause, TimeSpan patience) : OneWayStream
{
    private const long FirstPiece = 128 << 10, LargestPiece = 8 << 20;

    private RemoteContent? _content;
    private string? _tag;
    private long _at = offset, _pieceEnd, _piece = FirstPiece;
    private long? _total;

    public override bool CanRead => true;

    public override int Read(byte[] buffer, int offset, int count) =>
        ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length == 0) return 0;
        for (var failures = 0; ;)
        {
            if (_at >= _total) return 0;
            try
            {
                if ((_content ?? await NextAsync(cancellationToken)) is not { } content) return 0;
                var got = await PatientReads.SomeAsync(content.Body, buffer, patience, cancellationToken);
                _at += got;
                if (got > 0) return got;
                Drop();
                // The end of a piece is no end of the file, and a connection may end before its piece.
                if (_at < Math.Min(_pieceEnd, _total!.Value)) throw new EndOfStreamException($"it breaks off at byte {_at}");
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested
                && e is HttpRequestException or OperationCanceledException or EndOfStreamException or DownloadException { IsOdd: true })
            {
                Drop();
                if (failures++ >= DownloadHttp.Retries) throw e as DownloadException ?? DownloadException.Unreached(file.What, e);
                await Task.Delay(firstPause * Math.Pow(2, failures - 1), cancellationToken);
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) Drop();
        base.Dispose(disposing);
    }

    private async Task<RemoteContent?> NextAsync(CancellationToken cancellation)
    {
        var end = Math.Min(_at + _piece, _total ?? long.MaxValue);
        if ((_content = await file.OpenAsync(_at, end - 1, _tag, cancellation)) is not { } content) return null;
        if (content.Total is not { } total || total != (_total ?? total)) throw file.Changed();
        (_tag, _total) = (content.Tag, total);
        _piece = Math.Min(LargestPiece, _piece * 2);
        _pieceEnd = content.Start == _at ? end : total;
        // A server that knows no ranges begins at the beginning.
        for (var skip = _at - content.Start; skip > 0;)
        {
            var scratch = new byte[Math.Min(skip, 1 << 16)];
            var got = await PatientReads.SomeAsync(content.Body, scratch, patience, cancellation);
            skip -= got > 0 ? got : throw new EndOfStreamException($"it breaks off at byte {_at - skip}");
        }
        return content;
    }

    private void Drop()
    {
        _content?.Dispose();
        _content = null;
    }
}

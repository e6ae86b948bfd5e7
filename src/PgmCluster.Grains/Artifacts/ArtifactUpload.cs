using System.Security.Cryptography;
using System.Threading.Channels;
using PgmCluster.Contracts.Errors;
using PgmCluster.Data.Artifacts;

namespace PgmCluster.Grains.Artifacts;

/// <summary>One write to the store, fed part by part: the store's own rules hold for it, and nothing is left of one that is given up.</summary>
internal sealed class ArtifactUpload : IAsyncDisposable
{
    /// <summary>Parts that have come and are not written yet.</summary>
    private const int Ahead = 4;

    private readonly Channel<byte[]> _parts = Channel.CreateBounded<byte[]>(Ahead);
    private readonly CancellationTokenSource _ended = new();
    private readonly Task<ArtifactInfo> _write;
    private readonly UploadRoom _room;
    private readonly string _sha256;

    /// <param name="room">Of the silo.</param>
    /// <param name="store">Where to.</param>
    /// <param name="name">Of the artifact.</param>
    /// <param name="sha256">What the content must have.</param>
    /// <exception cref="PgmException">Too many are under way.</exception>
    public ArtifactUpload(UploadRoom room, IArtifactStore store, string name, string sha256)
    {
        room.Begin(sha256);
        (_room, _sha256, Name) = (room, sha256, name);
        _write = Task.Run(() => store.WriteAsync(name, (stream, ct) => CopyAsync(stream, sha256, ct), _ended.Token));
    }

    public string Name { get; }

    /// <summary>Bytes that have come.</summary>
    public long Length { get; private set; }

    /// <summary>Takes the next part, when there is room for it.</summary>
    /// <exception cref="PgmException">The silo has no room for it.</exception>
    /// <exception cref="Exception">What ended the write.</exception>
    public async Task AppendAsync(byte[] part, CancellationToken cancellation)
    {
        _room.Take(_sha256, part.Length, Length);
        // Counted at once: a second caller's part of the same place is not the next one any more.
        Length += part.Length;
        var room = _parts.Writer.WriteAsync(part, cancellation).AsTask();
        if (await Task.WhenAny(room, _write) == _write) await _write;
        try
        {
            await room;
        }
        catch (OperationCanceledException)
        {
            // It never came.
            Length -= part.Length;
            _room.Give(part.Length);
            throw;
        }
    }

    /// <summary>Ends the write when all parts have been written.</summary>
    public Task<ArtifactInfo> CompleteAsync()
    {
        _parts.Writer.TryComplete();
        return _write;
    }

    /// <summary>Gives the write up, unless it has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await ((Task)_write).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ended.Dispose();
        _room.End(Length);
    }

    private async Task CopyAsync(Stream stream, string sha256, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await foreach (var part in _parts.Reader.ReadAllAsync(cancellation))
        {
            hash.AppendData(part);
            await stream.WriteAsync(part, cancellation);
        }
        var came = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (came == sha256) return;
        throw new InvalidRequestException(
            $"Storing a file of SHA-256 {sha256}: what came has {came}, so it changed while it was sent. Send it again.");
    }
}

using System.Runtime.CompilerServices;
using Amazon.S3;
using Amazon.S3.Model;

namespace PgmCluster.Data.Artifacts.S3;

/// <summary>
/// Artifacts as objects of a bucket, with their SHA-256 beside them. What is read is copied to this machine's cache, what is written lies
/// there first. See <see cref="IArtifactStore"/> for what is promised; the server has to show an object to whoever asks once it has
/// confirmed it, as Amazon's does.
/// </summary>
internal sealed class S3ArtifactStore : IArtifactStore, IDisposable
{
    private readonly S3Place _place;
    private readonly ArtifactCache _cache;
    private readonly IAmazonS3 _client;
    private readonly S3Uploads _uploads;
    private readonly S3Deletions _deletions;
    private readonly int? _pageSize;
    private readonly TimeProvider _time;

    /// <param name="place">The bucket and the prefix.</param>
    /// <param name="client">The server; belongs to this from now on.</param>
    /// <param name="cache">Of this machine.</param>
    /// <param name="partBytes">Size of the parts of large objects.</param>
    /// <param name="pageSize">So many names are asked for at once; null for as many as the server gives.</param>
    /// <param name="time">By which it is patient with the server; null for the machine's.</param>
    public S3ArtifactStore(
        S3Place place, IAmazonS3 client, ArtifactCache cache, long? partBytes = null, int? pageSize = null, TimeProvider? time = null)
    {
        (_place, _client, _cache, _pageSize, _time) = (place, client, cache, pageSize, time ?? TimeProvider.System);
        _deletions = new S3Deletions(client, place, _time);
        _uploads = partBytes is { } size ? new S3Uploads(client, place.Bucket, size) : new S3Uploads(client, place.Bucket);
    }

    /// <inheritdoc/>
    public async Task<ArtifactInfo> WriteAsync(string name, Func<Stream, CancellationToken, Task> write, CancellationToken ct)
    {
        ArtifactName.Require(name);
        ArtifactInfo? info = null;
        var temporary = await _cache.SpoolAsync(async (file, token) =>
        {
            using var stream = new HashingStream(file);
            await write(stream, token);
            info = stream.Finish(name);
        }, ct);
        try
        {
            ct.ThrowIfCancellationRequested();
            await AskAsync("Writing", name, async () =>
            {
                do await _uploads.PutAsync(KeyOf(name), temporary, info!, ct);
                while (await _deletions.TookAsync(name, ct));
                return true;
            });
            _cache.Keep(temporary, info!.Sha256);
            return info;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <inheritdoc/>
    public async Task<FetchedArtifact> FetchAsync(ArtifactInfo info, CancellationToken ct)
    {
        var found = await HeadAsync(info.Name, ct) ?? throw VerifiedFiles.Missing(info, PlaceOf(info.Name));
        // One that another program put there has no hash beside it: then its bytes are hashed.
        VerifiedFiles.Require(info, new ArtifactInfo(info.Name, found.Size, found.Sha256 ?? info.Sha256), PlaceOf(info.Name));
        return await _cache.GetAsync(info, PlaceOf(info.Name), (to, token) => DownloadAsync(info.Name, found, to, token), ct);
    }

    /// <inheritdoc/>
    public async Task<Stream> OpenReadAsync(string name, CancellationToken ct)
    {
        var found = await HeadAsync(name, ct) ?? throw new FileNotFoundException(
            $"Opening artifact '{name}': the store {_place} has none of that name.", PlaceOf(name));
        if (found.Sha256 is { } hash)
        {
            var info = new ArtifactInfo(name, found.Size, hash);
            using var fetched = await _cache.GetAsync(info, PlaceOf(name), (to, token) => DownloadAsync(name, found, to, token), ct);
            return fetched.OpenRead();
        }
        var temporary = await _cache.SpoolAsync((to, token) => DownloadAsync(name, found, to, token), ct);
        return new FileStream(temporary, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.DeleteOnClose);
    }

    /// <inheritdoc/>
    public async Task<StoredArtifact?> FindAsync(string name, CancellationToken ct) =>
        await HeadAsync(name, ct) is { } found ? new StoredArtifact(name, found.Size, found.Written) : null;

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredArtifact> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken ct)
    {
        if (ArtifactName.FolderOf(prefix) is null) yield break;
        var request = new ListObjectsV2Request { BucketName = _place.Bucket, Prefix = _place.Prefix + prefix, MaxKeys = _pageSize };
        while (true)
        {
            var answer = await AskAsync("Listing", prefix, () => _client.ListObjectsV2Async(request, ct));
            foreach (var found in answer.S3Objects ?? [])
            {
                var name = found.Key[_place.Prefix.Length..];
                // What begins with a dot is no artifact, nor is the empty object that some programs make for a folder.
                if (name.Length == 0 || name[0] == '.' || name.Contains("/.", StringComparison.Ordinal) || name[^1] == '/') continue;
                yield return new StoredArtifact(name, found.Size ?? 0, Time(found.LastModified));
            }
            if (answer.IsTruncated != true) yield break;
            request.ContinuationToken = answer.NextContinuationToken;
        }
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string name, CancellationToken ct)
    {
        ArtifactName.Require(name);
        return AskAsync(
            "Deleting", name, () => S3Failures.OrNoneAsync(() => _client.DeleteObjectAsync(_place.Bucket, KeyOf(name), ct)));
    }

    /// <inheritdoc/>
    public Task<bool> DeleteUnchangedAsync(StoredArtifact seen, CancellationToken ct) =>
        AskAsync("Deleting", seen.Name, () => _deletions.DeleteAsync(seen, async () => await FindAsync(seen.Name, ct), ct));

    /// <inheritdoc/>
    public async Task<ArtifactInfo?> HashAsync(string name, CancellationToken ct)
    {
        if (await HeadAsync(name, ct) is not { } found) return null;
        using var hashing = new HashingStream(Stream.Null);
        await DownloadAsync(name, found, hashing, ct);
        return hashing.Finish(name);
    }

    /// <inheritdoc/>
    public Task<int> SweepAsync(DateTimeOffset before, bool dryRun, CancellationToken ct) =>
        AskAsync("Sweeping", "", async () =>
            await _uploads.AbortAbandonedAsync(_place.Prefix, before, dryRun, ct) + await _deletions.SweepAsync(before, dryRun, ct));

    /// <inheritdoc/>
    public string PlaceOf(string name)
    {
        ArtifactName.Require(name);
        return _place + name;
    }

    public void Dispose() => _client.Dispose();

    private static DateTimeOffset Time(DateTime? time) => new(DateTime.SpecifyKind((time ?? default).ToUniversalTime(), DateTimeKind.Utc));

    private Task<Found?> HeadAsync(string name, CancellationToken ct)
    {
        ArtifactName.Require(name);
        return AskAsync("Looking for", name, () => S3Failures.OrNoneAsync(async () =>
        {
            var head = await _client.GetObjectMetadataAsync(_place.Bucket, KeyOf(name), ct);
            return new Found(head.ContentLength, head.Metadata[S3Uploads.HashKey], Time(head.LastModified), head.ETag);
        }));
    }

    /// <summary>The object that was found, and no other that has its name by now; goes on where it broke off.</summary>
    private async Task DownloadAsync(string name, Found found, Stream to, CancellationToken ct)
    {
        using var download = new S3Download(_client, _place.Bucket, KeyOf(name), found.ETag, found.Size, _time);
        var buffer = new byte[1 << 20];
        while (true)
        {
            var read = await AskAsync("Reading", name, () => download.ReadAsync(buffer, ct));
            if (read == 0) return;
            // What fails here is this machine's trouble, a full disk perhaps, and not the server's.
            await to.WriteAsync(buffer.AsMemory(0, read), ct);
        }
    }

    private Task<T> AskAsync<T>(string verb, string name, Func<Task<T>> act) => S3Failures.SayingAsync($"{verb} {_place}{name}", act);

    private string KeyOf(string name) => _place.Prefix + name;

    private sealed record Found(long Size, string? Sha256, DateTimeOffset Written, string ETag);
}

namespace PgmCluster.Data.Artifacts;

/// <summary>
/// Copies of a remote store's artifacts on this machine, by their hash, up to a limit: what was used longest ago leaves first, and what is
/// in use stays. Any number of processes may share the directory; two that lack the same artifact may both fetch it, and each sees what
/// the others keep once it has kept a hundredth of the limit itself.
/// </summary>
internal sealed class ArtifactCache
{
    /// <summary>So often a copy is tried that another process holds alone, which it does while it deletes it.</summary>
    private const int MostTries = 100;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly string _root;
    private readonly long _limit;
    private readonly UnfinishedWrites _unfinished;
    private readonly Dictionary<string, Turns> _fetching = new(StringComparer.Ordinal);
    private readonly Lock _evicting = new();

    /// <summary>Bytes that may be kept before the directory is walked through again; at first it has not been.</summary>
    private long _room = -1;

    /// <param name="root">The directory; made if need be.</param>
    /// <param name="limit">Bytes that are kept; what is in use may be more.</param>
    /// <exception cref="BadInputException">The directory can be neither found nor made.</exception>
    public ArtifactCache(string root, long limit)
    {
        (_root, _limit) = (Path.GetFullPath(root), limit);
        try
        {
            Durable.CreateDirectory(_root);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(
                $"Opening the cache of artifacts {_root}: {e.Message} Name a directory that this user may create or write to.", e);
        }
        _unfinished = new UnfinishedWrites(_root);
        _unfinished.Sweep();
    }

    /// <summary>Has an artifact here: the copy that is kept, checked once in this process, or a new one.</summary>
    /// <param name="info">The artifact.</param>
    /// <param name="place">Where it lies in the store, for messages.</param>
    /// <param name="fetch">Writes the content; what it writes is checked.</param>
    /// <param name="ct">Ends the fetching.</param>
    /// <exception cref="DataCorruptException">What was fetched is not the artifact.</exception>
    /// <exception cref="StorageFullException">No room for it here.</exception>
    public async Task<FetchedArtifact> GetAsync(
        ArtifactInfo info, string place, Func<Stream, CancellationToken, Task> fetch, CancellationToken ct)
    {
        using var turn = await TakeTurnAsync(info.Sha256, ct);
        if (await OpenAsync(info, place, ct) is { } kept) return kept;
        while (true)
        {
            var temporary = await _unfinished.SpoolAsync(async (file, token) =>
            {
                using var stream = new HashingStream(file);
                await fetch(stream, token);
                VerifiedFiles.Require(info, stream.Finish(info.Name), place);
            }, ct);
            Keep(temporary, info.Sha256);
            // Gone again already: there is no room beside what others use.
            if (await OpenAsync(info, place, ct) is { } fetched) return fetched;
        }
    }

    /// <summary>How many artifacts are being fetched or opened now.</summary>
    internal int Busy
    {
        get
        {
            lock (_fetching) return _fetching.Count;
        }
    }

    /// <summary>A file to be filled outside, on the cache's volume, and given to <see cref="Keep"/> or deleted.</summary>
    public Task<string> SpoolAsync(Func<Stream, CancellationToken, Task> write, CancellationToken ct) => _unfinished.SpoolAsync(write, ct);

    /// <summary>Takes a file in that holds what has this hash.</summary>
    public void Keep(string temporary, string sha256)
    {
        var path = PathOf(sha256);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var size = new FileInfo(temporary).Length;
        File.Move(temporary, path, overwrite: true);
        lock (_evicting)
        {
            _room -= size;
            if (_room < 0) _room = Math.Min(Slack, _limit - Evict(except: path));
        }
    }

    private async Task<FetchedArtifact?> OpenAsync(ArtifactInfo info, string place, CancellationToken ct)
    {
        var path = PathOf(info.Sha256);
        for (var tries = 1; ; tries++)
        {
            try
            {
                if (!File.Exists(path)) return null;
                var opened = await VerifiedFiles.OpenAsync(path, info, ct, place);
                Touch(path);
                return opened;
            }
            catch (DataCorruptException)
            {
                // Damaged here; the store's is another copy.
                File.Delete(path);
                return null;
            }
            catch (IOException) when (!File.Exists(path))
            {
                // Another process has just made room.
                return null;
            }
            catch (IOException) when (tries < MostTries)
            {
                // Another process is about to, or to find that it need not.
                await Task.Delay(Pause, ct);
            }
        }
    }

    /// <summary>One at a time has an artifact, so that it is fetched once.</summary>
    private async Task<IDisposable> TakeTurnAsync(string sha256, CancellationToken ct)
    {
        Turns? turns;
        lock (_fetching)
        {
            if (!_fetching.TryGetValue(sha256, out turns)) _fetching.Add(sha256, turns = new Turns(this, sha256));
            turns.Users++;
        }
        try
        {
            await turns.One.WaitAsync(ct);
            return turns;
        }
        catch
        {
            turns.Leave();
            throw;
        }
    }

    /// <summary>Used now.</summary>
    private static void Touch(string path)
    {
        try
        {
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It leaves earlier, and is fetched again.
        }
    }

    /// <summary>A walk through a large directory is made for so many bytes, not for each file.</summary>
    private long Slack => _limit / 100;

    /// <returns>Bytes that are left.</returns>
    private long Evict(string except)
    {
        var files = new List<(string Path, long Size, DateTime Used)>();
        foreach (var folder in Directory.EnumerateDirectories(_root).Where(d => Path.GetFileName(d)[0] != '.'))
        {
            foreach (var file in new DirectoryInfo(folder).EnumerateFiles())
            {
                try
                {
                    files.Add((file.FullName, file.Length, file.LastWriteTimeUtc));
                }
                catch (FileNotFoundException)
                {
                    // Another process makes room as well.
                }
            }
        }
        var total = files.Sum(f => f.Size);
        if (total <= _limit) return total;
        foreach (var file in files.OrderBy(f => f.Used))
        {
            // Small ones leave some room, so that the next one finds it without a walk.
            if (total <= (file.Size <= Slack ? _limit - Slack : _limit)) break;
            if (file.Path != except && TryDelete(file.Path)) total -= file.Size;
        }
        return total;
    }

    /// <summary>Not what anybody has open: who reads shares its lock, who deletes wants it alone.</summary>
    private static bool TryDelete(string path)
    {
        try
        {
            using var alone = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            File.Delete(path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return !File.Exists(path);
        }
    }

    private string PathOf(string sha256) => Path.Combine(_root, sha256[..2], sha256);

    /// <summary>Those who want one artifact; forgotten with the last of them.</summary>
    private sealed class Turns(ArtifactCache cache, string sha256) : IDisposable
    {
        public SemaphoreSlim One { get; } = new(1);

        public int Users { get; set; }

        public void Dispose()
        {
            One.Release();
            Leave();
        }

        public void Leave()
        {
            lock (cache._fetching)
            {
                if (--Users == 0) cache._fetching.Remove(sha256);
            }
        }
    }
}

using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;

namespace PgmCluster.Data.Artifacts;

/// <summary>
/// Artifacts as files under one directory, which may be a volume shared by several machines. See <see cref="IArtifactStore"/> for
/// what is promised.
/// </summary>
public sealed class DirectoryArtifactStore : IArtifactStore
{
    private readonly string _root;
    private readonly UnfinishedWrites _unfinished;

    /// <summary>
    /// Opens the store, makes its directory if need be, and removes what writers that died over an hour ago left behind. None of the
    /// artifacts is looked at.
    /// </summary>
    /// <param name="root">The directory.</param>
    /// <exception cref="BadInputException">The directory can be neither found nor made.</exception>
    public DirectoryArtifactStore(string root)
    {
        _root = Path.GetFullPath(root);
        try
        {
            Durable.CreateDirectory(_root);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(
                $"Opening the artifact store {_root}: {e.Message} Name a directory that this user may create or write to.", e);
        }
        _unfinished = new UnfinishedWrites(_root);
        _unfinished.Sweep();
    }

    /// <inheritdoc/>
    public async Task<ArtifactInfo> WriteAsync(string name, Func<Stream, CancellationToken, Task> write, CancellationToken ct)
    {
        var path = PlaceOf(name);
        ArtifactInfo? info = null;
        await _unfinished.WriteAsync(path, async (file, token) =>
        {
            using var stream = new HashingStream(file);
            await write(stream, token);
            info = stream.Finish(name);
        }, written => RenewAsync(path, info!, written), ct);
        return info!;
    }

    /// <inheritdoc/>
    public Task<FetchedArtifact> FetchAsync(ArtifactInfo info, CancellationToken ct) =>
        VerifiedFiles.OpenAsync(PlaceOf(info.Name), info, ct);

    /// <inheritdoc/>
    public Task<Stream> OpenReadAsync(string name, CancellationToken ct)
    {
        var path = PlaceOf(name);
        try
        {
            return Task.FromResult<Stream>(FetchedArtifact.OpenFile(path));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FileNotFoundException($"Opening artifact '{name}': the store {_root} has none of that name.", path, e);
        }
    }

    /// <inheritdoc/>
    public Task<StoredArtifact?> FindAsync(string name, CancellationToken ct) =>
        Task.FromResult(Look(new FileInfo(PlaceOf(name)), name));

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredArtifact> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken ct)
    {
        await Task.CompletedTask;
        // Only the directories that the prefix leaves open need a look.
        if (ArtifactName.FolderOf(prefix) is not { } folder) yield break;
        var directory = new DirectoryInfo(Path.Combine(_root, folder));
        foreach (var artifact in Visible(directory, folder.Length > 0 ? $"{folder}/" : "", prefix))
        {
            ct.ThrowIfCancellationRequested();
            yield return artifact;
        }
    }

    /// <inheritdoc/>
    public string? FileOf(string name) => PlaceOf(name) is var path && File.Exists(path) ? path : null;

    /// <inheritdoc/>
    public string PlaceOf(string name)
    {
        ArtifactName.Require(name);
        return Path.Combine(_root, name);
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string name, CancellationToken ct)
    {
        var path = PlaceOf(name);
        if (!File.Exists(path)) return Task.CompletedTask;
        try
        {
            File.Delete(path);
            Durable.FlushDirectory(Path.GetDirectoryName(path)!);
        }
        catch (DirectoryNotFoundException)
        {
            // Another was faster.
            return Task.CompletedTask;
        }
        DeleteEmptyFolders(Path.GetDirectoryName(path)!);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<bool> DeleteUnchangedAsync(StoredArtifact seen, CancellationToken ct)
    {
        using var alone = _unfinished.HoldAlone();
        var path = PlaceOf(seen.Name);
        if (Look(new FileInfo(path), seen.Name) != seen) return Task.FromResult(false);
        File.Delete(path);
        DeleteEmptyFolders(Path.GetDirectoryName(path)!);
        return Task.FromResult(true);
    }

    /// <inheritdoc/>
    public async Task<ArtifactInfo?> HashAsync(string name, CancellationToken ct)
    {
        using var file = VerifiedFiles.Open(PlaceOf(name));
        return file is null ? null : new ArtifactInfo(name, RandomAccess.GetLength(file), await VerifiedFiles.ReadHashAsync(file, ct));
    }

    /// <inheritdoc/>
    public Task<int> SweepAsync(DateTimeOffset before, bool dryRun, CancellationToken ct) =>
        Task.FromResult(_unfinished.Sweep(before.UtcDateTime, dryRun));

    /// <summary>
    /// Whether a name holds these bytes already. Then it counts as written now, by the clock of the volume: a collection that has found
    /// it old sees it renewed.
    /// </summary>
    private async Task<bool> RenewAsync(string path, ArtifactInfo info, DateTime now)
    {
        using var file = await OpenSameAsync(path, info);
        if (file is null) return false;
        using var shared = _unfinished.Share();
        try
        {
            File.SetLastWriteTimeUtc(file, now);
        }
        catch (UnauthorizedAccessException)
        {
            // Another user's: what was just written takes its place, and its times.
            return false;
        }
        if (FileIdentity.Of(file) is not { } identity) return true;
        VerifiedFiles.Remember(identity, info.Sha256);
        return FileIdentity.Of(path) is { } named && named.IsSameFile(identity);
    }

    /// <summary>The file of that content. One that cannot be read is none: what was just written takes its place.</summary>
    private static async Task<SafeFileHandle?> OpenSameAsync(string path, ArtifactInfo info)
    {
        SafeFileHandle? file = null;
        try
        {
            file = VerifiedFiles.Open(path);
            if (file is not null && RandomAccess.GetLength(file) == info.Size && await VerifiedFiles.HashAsync(file, default) == info.Sha256)
                return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Damaged where it lies, or another user's.
        }
        file?.Dispose();
        return null;
    }

    /// <summary>A folder exists only for its files; a writer whose folder is gone makes it again.</summary>
    private void DeleteEmptyFolders(string folder)
    {
        try
        {
            while (folder.Length > _root.Length && !Directory.EnumerateFileSystemEntries(folder).Any())
            {
                Directory.Delete(folder);
                folder = Path.GetDirectoryName(folder)!;
            }
        }
        catch (IOException)
        {
            // In use again, or deleted by another.
        }
    }

    private static IEnumerable<StoredArtifact> Visible(DirectoryInfo directory, string folder, string prefix)
    {
        foreach (var (name, entry) in Entries(directory, folder))
        {
            if (!name.StartsWith(prefix, StringComparison.Ordinal)) continue;
            if (entry is DirectoryInfo below)
            {
                foreach (var artifact in Visible(below, name, prefix)) yield return artifact;
            }
            else if (Look((FileInfo)entry, name) is { } found)
            {
                yield return found;
            }
        }
    }

    /// <summary>Sorted so that all names come in order: those below a directory begin with its name and '/'.</summary>
    private static List<(string Name, FileSystemInfo Entry)> Entries(DirectoryInfo directory, string folder)
    {
        var options = new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false };
        var entries = new List<(string Name, FileSystemInfo Entry)>();
        try
        {
            foreach (var entry in directory.EnumerateFileSystemInfos("*", options))
            {
                if (entry.Name.StartsWith('.')) continue;
                entries.Add((folder + (entry is DirectoryInfo ? $"{entry.Name}/" : entry.Name), entry));
            }
        }
        catch (DirectoryNotFoundException)
        {
            // Deleted meanwhile, with all that was in it.
        }
        entries.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return entries;
    }

    private static StoredArtifact? Look(FileInfo file, string name)
    {
        try
        {
            return file.Exists ? new StoredArtifact(name, file.Length, file.LastWriteTimeUtc) : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}

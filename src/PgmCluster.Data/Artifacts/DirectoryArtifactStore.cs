using System.Security.Cryptography;
using System.Text;

namespace PgmCluster.Data.Artifacts;

/// <summary>
/// Artifacts as files under one directory, which may be a volume shared by several machines. See <see cref="IArtifactStore"/> for
/// what is promised.
/// </summary>
public sealed class DirectoryArtifactStore : IArtifactStore
{
    // A writer that lives touches its file far more often.
    private static readonly TimeSpan AbandonedAfter = TimeSpan.FromHours(1);

    private const int MaxSegmentBytes = 255;

    private readonly string _root;

    /// <summary>Opens the store, makes its directory if need be, and removes what writers that died over an hour ago left behind.</summary>
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
        Sweep();
    }

    /// <inheritdoc/>
    public async Task<ArtifactInfo> WriteAsync(string name, Func<Stream, CancellationToken, Task> write, CancellationToken ct)
    {
        var path = LocalPath(name);
        ArtifactInfo? info = null;
        await AtomicFile.WriteAsync(path, async (file, token) =>
        {
            using var stream = new HashingStream(file);
            await write(stream, token);
            info = stream.Finish(name);
        }, ct, () => VerifyAsync(info!, CancellationToken.None).GetAwaiter().GetResult());
        return info!;
    }

    /// <inheritdoc/>
    public Stream OpenRead(string name)
    {
        var path = LocalPath(name);
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FileNotFoundException($"Opening artifact '{name}': the store {_root} has none of that name.", path, e);
        }
    }

    /// <inheritdoc/>
    public string LocalPath(string name)
    {
        CheckName(name);
        return Path.Combine(_root, name);
    }

    /// <inheritdoc/>
    public bool Exists(string name) => File.Exists(LocalPath(name));

    /// <inheritdoc/>
    public async Task<bool> VerifyAsync(ArtifactInfo info, CancellationToken ct)
    {
        if (!Exists(info.Name)) return false;
        await using var stream = OpenRead(info.Name);
        return stream.Length == info.Size && Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, ct)) == info.Sha256;
    }

    /// <inheritdoc/>
    public IEnumerable<string> List(string prefix)
    {
        // Only the directories that the prefix leaves open need a look.
        var lastSlash = prefix.LastIndexOf('/');
        if (lastSlash > 0) CheckName(prefix[..lastSlash]);
        var directory = lastSlash > 0 ? Path.Combine(_root, prefix[..lastSlash]) : _root;
        if (lastSlash == 0 || !Directory.Exists(directory)) return [];
        return Visible(directory)
            .Select(path => Path.GetRelativePath(_root, path).Replace(Path.DirectorySeparatorChar, '/'))
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .ToList();
    }

    /// <inheritdoc/>
    public void Delete(string name)
    {
        var path = LocalPath(name);
        if (!File.Exists(path)) return;
        File.Delete(path);
        var folder = Path.GetDirectoryName(path)!;
        Durable.FlushDirectory(folder);
        // A folder exists only for its files; one that a writer is just filling is not empty.
        while (folder.Length > _root.Length && !Directory.EnumerateFileSystemEntries(folder).Any())
        {
            try
            {
                Directory.Delete(folder);
            }
            catch (IOException)
            {
                return;
            }
            folder = Path.GetDirectoryName(folder)!;
        }
    }

    private static IEnumerable<string> Visible(string directory)
    {
        var options = new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false };
        foreach (var entry in new DirectoryInfo(directory).EnumerateFileSystemInfos("*", options))
        {
            if (entry.Name.StartsWith('.')) continue;
            if (entry is DirectoryInfo)
            {
                foreach (var path in Visible(entry.FullName)) yield return path;
            }
            else
            {
                yield return entry.FullName;
            }
        }
    }

    private void Sweep()
    {
        if (TimeOfStore() is not { } now) return;
        var before = now - AbandonedAfter;
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            AttributesToSkip = FileAttributes.ReparsePoint,
            IgnoreInaccessible = true,
        };
        foreach (var path in Directory.EnumerateFiles(_root, AtomicFile.TemporaryPrefix + "*", options))
        {
            try
            {
                if (File.GetLastWriteTimeUtc(path) < before) File.Delete(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Another silo may sweep the same directory, and a left-over harms nobody.
            }
        }
    }

    /// <summary>
    /// The time by the clock that the times of files are from, a server's perhaps: a machine whose own is ahead would take what others are
    /// writing for left over. Null where nothing can be written, and so nothing swept.
    /// </summary>
    private DateTime? TimeOfStore()
    {
        var path = Path.Combine(_root, $".clock-{Guid.NewGuid():N}");
        try
        {
            using (File.Create(path, 1, FileOptions.DeleteOnClose)) return File.GetLastWriteTimeUtc(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void CheckName(string name)
    {
        var reason = Fault(name);
        if (reason is not null) throw new ArgumentException($"'{name}' is no name for an artifact: {reason}.", nameof(name));
    }

    private static string? Fault(string name)
    {
        if (name.Length == 0) return "it is empty";
        if (name.Any(c => c == '\\' || char.IsControl(c))) return "it holds a backslash or a control character";
        foreach (var segment in name.Split('/'))
        {
            if (segment.Length == 0) return "it begins or ends with '/' or holds '//'";
            if (segment[0] == '.') return $"'{segment}' begins with a dot";
            if (Encoding.UTF8.GetByteCount(segment) > MaxSegmentBytes) return $"a segment is longer than {MaxSegmentBytes} bytes";
        }
        return null;
    }
}

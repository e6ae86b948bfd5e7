using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.IO.Enumeration;
using System.Runtime.CompilerServices;
using PgmCluster.Data.Sources;

namespace PgmCluster.Data.Blobs;

/// <summary>
/// The files below a directory; litter of systems and tools does not count. Links are followed, each directory is visited once: a link back
/// to one that is open, to one that was listed, or to nothing is remarked.
/// </summary>
public sealed class DirectoryBlobs : IBlobs
{
    /// <summary>
    /// Of the meter that has <c>pgm.source.listing.duration</c>: seconds of each listing of a whole directory by this process.
    /// </summary>
    public const string MeterName = "PgmCluster.Data";

    private const int BufferSize = 1 << 16;
    private static readonly Histogram<double> ListingDuration = new Meter(MeterName).CreateHistogram<double>(
        "pgm.source.listing.duration", "s", "Listings of a source's whole directory");

    private readonly string _root;
    private readonly ImportRoots? _imports;
    private readonly List<string> _remarks = [];

    /// <param name="directory">The directory.</param>
    /// <param name="imports">Where links may lead; null for anywhere.</param>
    /// <exception cref="BadInputException">There is none.</exception>
    public DirectoryBlobs(string directory, ImportRoots? imports = null)
    {
        _imports = imports;
        if (!Directory.Exists(directory))
            throw new BadInputException($"Opening the data in {directory}: there is no such directory. Check the path.");
        _root = Path.GetFullPath(directory);
    }

    /// <inheritdoc/>
    public string Location => _root;

    /// <summary>What the last listing passed over, a clause each, such as "the link a/loop leads back to a directory that it lies in".</summary>
    public IReadOnlyList<string> Remarks => _remarks;

    /// <inheritdoc/>
    public async IAsyncEnumerable<Blob> ListAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await Task.CompletedTask;
        foreach (var blob in List(cancellation)) yield return blob;
    }

    /// <summary>As <see cref="ListAsync"/>, on the calling thread.</summary>
    public IEnumerable<Blob> List(CancellationToken cancellation = default)
    {
        _remarks.Clear();
        var begun = Stopwatch.GetTimestamp();
        try
        {
            var root = RealPath.Of(_root);
            foreach (var blob in Below("", root, new HashSet<string>(StringComparer.Ordinal) { root }, cancellation)) yield return blob;
        }
        finally
        {
            ListingDuration.Record(Stopwatch.GetElapsedTime(begun).TotalSeconds);
        }
    }

    /// <inheritdoc/>
    public ValueTask<Stream> OpenAsync(string name, long offset, CancellationToken cancellation = default)
    {
        var path = Path.GetFullPath(Path.Combine(_root, name));
        if (Path.IsPathRooted(name) || !path.StartsWith(_root.TrimEnd('/') + '/', StringComparison.Ordinal))
            throw new ArgumentException($"'{name}' is not the name of a file below {_root}.", nameof(name));
        _imports?.RequireLinked("Reading", path);
        try
        {
            var file = new FileStream(
                path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, BufferSize, FileOptions.SequentialScan);
            file.Position = offset;
            return ValueTask.FromResult<Stream>(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"Reading {path}: {e.Message.TrimEnd('.')}. The data must not change while they are in use.", e);
        }
    }

    private IEnumerable<Blob> Below(string directory, string root, HashSet<string> visited, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var entries = Entries(directory);
        foreach (var entry in entries.Where(e => !e.IsDirectory))
        {
            if (entry.Length < 0) _remarks.Add($"the link {directory}{entry.Name} leads to nothing");
            else yield return new Blob(directory + entry.Name, entry.Length) { Changed = entry.Changed };
        }
        foreach (var entry in entries.Where(e => e.IsDirectory))
        {
            var path = directory + entry.Name;
            var real = RealPath.Of(Path.Combine(_root, path));
            // Where it lies itself it is listed, by the name that it has there, whether that comes before the link or after.
            if (IsListedItself(real, Path.Combine(root, path), root) || !visited.Add(real))
            {
                var back = Path.Combine(root, path).StartsWith(real.TrimEnd('/') + '/', StringComparison.Ordinal);
                _remarks.Add(
                    $"the link {path} leads {(back ? "back to a directory that it lies in" : "to a directory that is listed itself")}");
                continue;
            }
            foreach (var blob in Below(path + '/', root, visited, cancellation)) yield return blob;
        }
    }

    private static bool IsListedItself(string real, string path, string root) =>
        real != path && (real + '/').StartsWith(root.TrimEnd('/') + '/', StringComparison.Ordinal)
        && !Path.GetRelativePath(root, real).Split('/').Any(part => part != "." && Litter.Is(part));

    /// <summary>
    /// A directory's entries in ordinal order, without litter; one whose name is not UTF-8 is refused, since it cannot be opened by that
    /// name.
    /// </summary>
    private List<Entry> Entries(string directory)
    {
        var path = Path.Combine(_root, directory);
        try
        {
            var entries = new FileSystemEnumerable<Entry>(path, (ref FileSystemEntry e) => Of(ref e), new EnumerationOptions
            {
                AttributesToSkip = 0,
                IgnoreInaccessible = false,
            }).Where(e => !Litter.Is(e.Name)).ToList();
            entries.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
            return entries.Find(e => e.Name.Contains('\uFFFD')) is { Name: { } odd }
                ? throw new BadInputException(
                    $"Reading the directory {path}: the name of '{odd}' is not UTF-8. Rename it (convmv does that for whole directories).")
                : entries;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"Reading the directory {path}: {e.Message.TrimEnd('.')}. Make it readable for this user.", e);
        }
    }

    private Entry Of(ref FileSystemEntry entry)
    {
        var name = entry.FileName.ToString();
        if ((entry.Attributes & FileAttributes.ReparsePoint) == 0)
            return new Entry(name, entry.IsDirectory, entry.IsDirectory ? 0 : entry.Length, entry.LastWriteTimeUtc.UtcTicks);
        var path = entry.ToFullPath();
        _imports?.RequireLinked("Listing", path);
        if (Directory.Exists(path)) return new Entry(name, true, 0, 0);
        var target = File.ResolveLinkTarget(path, returnFinalTarget: true) as FileInfo;
        return target is { Exists: true }
            ? new Entry(name, false, target.Length, target.LastWriteTimeUtc.Ticks)
            : new Entry(name, false, -1, 0);
    }

    private readonly record struct Entry(string Name, bool IsDirectory, long Length, long Changed);
}

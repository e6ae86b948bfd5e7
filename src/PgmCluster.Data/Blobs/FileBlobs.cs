using System.Runtime.CompilerServices;

namespace PgmCluster.Data.Blobs;

/// <summary>One file of a directory, as a source of its own: a dataset may be a single archive.</summary>
/// <param name="path">The file; it is there.</param>
/// <param name="imports">Where links may lead; null for anywhere.</param>
public sealed class FileBlobs(string path, ImportRoots? imports = null) : IBlobs
{
    private readonly DirectoryBlobs _directory = new(Path.GetDirectoryName(Path.GetFullPath(path))!, imports);

    /// <inheritdoc/>
    public string Location => _directory.Location;

    /// <inheritdoc/>
    public async IAsyncEnumerable<Blob> ListAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await Task.CompletedTask;
        var file = new FileInfo(path);
        yield return new Blob(file.Name, file.Length) { Changed = file.LastWriteTimeUtc.Ticks };
    }

    /// <inheritdoc/>
    public ValueTask<Stream> OpenAsync(string name, long offset, CancellationToken cancellation = default) =>
        _directory.OpenAsync(name, offset, cancellation);
}

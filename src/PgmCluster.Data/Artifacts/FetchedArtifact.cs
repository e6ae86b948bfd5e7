using Microsoft.Win32.SafeHandles;

namespace PgmCluster.Data.Artifacts;

/// <summary>
/// The content of an artifact on this machine, checked, and pinned until this is disposed: whatever becomes of the name meanwhile, it can
/// be opened, read and mapped.
/// </summary>
public sealed class FetchedArtifact : IDisposable
{
    private const string OpenFiles = "/proc/self/fd";

    private readonly SafeFileHandle _file;

    /// <param name="info">What it is.</param>
    /// <param name="place">Where it lies in the store, for messages.</param>
    /// <param name="path">The file on this machine.</param>
    /// <param name="file">Open for reading; belongs to this from now on.</param>
    internal FetchedArtifact(ArtifactInfo info, string place, string path, SafeFileHandle file)
    {
        (Info, Place, _file) = (info, place, file);
        // The name of the open file rather than of the file that has its name by then.
        var open = $"{OpenFiles}/{file.DangerousGetHandle()}";
        Path = File.Exists(open) ? open : path;
    }

    /// <summary>What it is.</summary>
    public ArtifactInfo Info { get; }

    /// <summary>Where it lies in the store: for messages, not to be opened.</summary>
    public string Place { get; }

    /// <summary>
    /// Opens this content, by any number of readers of this process, until this is disposed; what was opened or mapped stays. Never to
    /// be written to.
    /// </summary>
    public string Path { get; }

    /// <summary>Opens the content once more; the stream seeks and outlives this.</summary>
    public Stream OpenRead() => OpenFile(Path);

    /// <summary>Reads all bytes.</summary>
    public byte[] ReadAllBytes() => File.ReadAllBytes(Path);

    public void Dispose() => _file.Dispose();

    internal static FileStream OpenFile(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16);
}

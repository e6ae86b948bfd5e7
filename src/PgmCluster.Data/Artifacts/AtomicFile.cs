using System.Text;

namespace PgmCluster.Data.Artifacts;

/// <summary>
/// Replaces files as a whole: written to a temporary name beside the target, flushed to the disk, renamed, and the directory flushed,
/// so that a kill or a loss of power leaves the old content or the new, and never a part.
/// </summary>
public static class AtomicFile
{
    /// <summary>What the names of unfinished writes begin with.</summary>
    internal const string TemporaryPrefix = ".tmp-";

    /// <summary>Writes a file; missing directories are made.</summary>
    /// <param name="path">The file, replaced if it exists.</param>
    /// <param name="write">Writes the content. If it throws, nothing has changed.</param>
    /// <param name="cancellation">Ends the write at its next bytes; nothing has changed.</param>
    /// <param name="mode">Who may read and write it; null: what the process gives to new files.</param>
    /// <exception cref="StorageFullException">No room; nothing has changed.</exception>
    public static void Write(string path, Action<Stream> write, CancellationToken cancellation = default, UnixFileMode? mode = null)
    {
        // Nothing but the callback could suspend, and this one does not, so the task is complete already.
        WriteAsync(path, (stream, _) =>
        {
            write(cancellation.CanBeCanceled ? new StoppableStream(stream, cancellation) : stream);
            return Task.CompletedTask;
        }, cancellation, mode).GetAwaiter().GetResult();
    }

    /// <summary>Writes a text as UTF-8 without a byte order mark.</summary>
    /// <exception cref="StorageFullException">No room; nothing has changed.</exception>
    public static void WriteAllText(string path, string text) => Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    /// <param name="path">The file.</param>
    /// <param name="write">Writes the content.</param>
    /// <param name="ct">Ends the write.</param>
    /// <param name="mode">Who may read and write it.</param>
    internal static async Task WriteAsync(
        string path, Func<Stream, CancellationToken, Task> write, CancellationToken ct, UnixFileMode? mode = null)
    {
        path = Path.GetFullPath(path);
        var directory = Path.GetDirectoryName(path)!;
        var temporary = Path.Combine(directory, $"{TemporaryPrefix}{Guid.NewGuid():N}");
        try
        {
            Durable.CreateDirectory(directory);
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Share = FileShare.None,
                BufferSize = 1 << 16,
            };
            if (mode is not null && !OperatingSystem.IsWindows()) options.UnixCreateMode = mode;
            // Disposed synchronously: then nothing but the callback can suspend, which Write relies on.
            using (var stream = new FileStream(temporary, options))
            {
                await write(stream, ct);
                stream.Flush(flushToDisk: true);
            }
            ct.ThrowIfCancellationRequested();
            File.Move(temporary, path, overwrite: true);
            Durable.FlushDirectory(directory);
        }
        catch (Exception e)
        {
            TryDelete(temporary);
            if (e is IOException io && StorageFullException.IsCause(io)) throw new StorageFullException(directory, io);
            throw;
        }
    }

    /// <summary>Removes what is left of a write that failed, or of a writer that died.</summary>
    internal static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The first failure is the one to report; a left-over is swept by its age.
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Doctor;
using AtomicFile = PgmCluster.Data.Artifacts.AtomicFile;

namespace PgmCluster.Silo.Doctor;

/// <summary>Writes, syncs, renames, reads back and locks a file in a directory, and removes it.</summary>
internal static class DirectoryProbe
{
    /// <summary>Bytes that are written: more than small checkpoints, and written in a moment.</summary>
    private const int Length = 4 << 20;

    private const long LittleSpace = 1_000_000_000;

    /// <param name="subject">What the directory is, for the line.</param>
    /// <param name="directory">Where; one that is not there yet is tried where it would be made.</param>
    /// <param name="setting">How to choose another one, as in "name another one with --home".</param>
    public static Finding Look(string subject, string directory, string setting)
    {
        var place = ExistingDirectory.Nearest(directory);
        var name = place == directory ? directory : $"{directory} (not made yet, tried in {place})";
        var path = Path.Combine(place, $".doctor-{Guid.NewGuid():N}");
        try
        {
            var watch = Stopwatch.StartNew();
            var content = RandomNumberGenerator.GetBytes(Length);
            AtomicFile.Write(path, stream => stream.Write(content));
            var written = watch.Elapsed;
            if (!File.ReadAllBytes(path).AsSpan().SequenceEqual(content))
                return Finding.Failed(
                    subject, $"{name}: a file that was written and synced reads back as something else",
                    $"Check the disk and its mount, or {setting}.");
            var free = new DriveInfo(place).AvailableFreeSpace;
            var found = string.Create(CultureInfo.InvariantCulture,
                $"{name}: {Length >> 20} MiB written, synced, renamed and read back in {written.TotalMilliseconds:0} ms, "
                + $"{free / 1e9:0.0} GB free");
            if (LockProblem(path) is { } problem)
                return Finding.Failed(
                    subject, $"{found}; {problem}",
                    $"Use a local disk, or a mount with locks (NFS: 4 or later, without nolock), or {setting}.");
            return free < LittleSpace
                ? Finding.Warning(subject, $"{found}; locked",
                    $"Make room, or {setting}: a checkpoint takes four times its model's weights, and three are kept.")
                : Finding.Ok(subject, $"{found}; locked");
        }
        catch (StorageFullException e)
        {
            var cause = e.Message[(e.Message.IndexOf(": ", StringComparison.Ordinal) + 2)..].Split(". ")[0];
            return Finding.Failed(subject, $"{name}: {Length >> 20} MiB do not fit, {cause}", $"Make room there, or {setting}.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Finding.Failed(
                subject, $"{name}: it cannot be written ({e.Message.ReplaceLineEndings(" ").TrimEnd('.')})",
                $"Make it writable for this user, or {setting}.");
        }
        finally
        {
            TryDelete(path);
        }
    }

    /// <summary>Why a lock cannot be relied on, or null: it has to be granted once, and not a second time.</summary>
    private static string? LockProblem(string path)
    {
        try
        {
            using var first = FileLock.TryAcquire(path);
            if (first is null) return "a lock on it is refused although nobody holds one";
            using var second = FileLock.TryAcquire(path);
            return second is null ? null : "a lock on it is granted twice";
        }
        catch (IOException e)
        {
            return e.Message.ReplaceLineEndings(" ").TrimEnd('.');
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It was never written there, or the line says that nothing can be.
        }
    }
}

using System.Globalization;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Silo.Errors;

namespace PgmCluster.Silo.Hosting;

/// <summary>
/// The right to be the one silo of a home directory. The kernel releases it when the process ends, however it ends, so
/// there is never a stale lock to remove.
/// </summary>
public sealed class HomeLock : IDisposable
{
    private readonly FileLock _held;
    private bool _released;
    private readonly string _holderPath;

    private HomeLock(FileLock held, string holderPath)
    {
        _held = held;
        _holderPath = holderPath;
    }

    /// <summary>Takes the lock of <paramref name="home"/>.</summary>
    /// <exception cref="HomeLockedException">Another silo holds it.</exception>
    /// <exception cref="SiloStartException">The directory cannot be written.</exception>
    public static HomeLock Acquire(string home)
    {
        var run = Path.Combine(Path.GetFullPath(home), "run");
        var path = Path.Combine(run, "home.lock");
        // Beside the lock, since another version's lock may keep its file from being read.
        var holderPath = Path.Combine(run, "home.lock.pid");
        FileLock? held;
        try
        {
            Directory.CreateDirectory(run);
            held = FileLock.TryAcquire(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SiloStartException(
                $"Trying to lock the home directory {home}: it cannot be written or locked ({e.Message}). "
                + "Make it writable for this user, or choose another home directory, on a local disk.", e);
        }
        if (held is null) throw new HomeLockedException(home, ReadHolder(holderPath));

        try
        {
            AtomicFile.WriteAllText(holderPath, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new HomeLock(held, holderPath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            held.Dispose();
            throw new SiloStartException(
                $"Trying to lock the home directory {home}: it cannot be written ({e.Message}). "
                + "Free space or make it writable, then try again.", e);
        }
    }

    /// <summary>Releases the lock.</summary>
    public void Dispose()
    {
        // The lock file itself stays: deleting it would let two processes lock two files of the same name.
        if (!_released) File.Delete(_holderPath);
        _released = true;
        _held.Dispose();
    }

    private static int? ReadHolder(string path)
    {
        try
        {
            return int.TryParse(File.ReadAllText(path), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}

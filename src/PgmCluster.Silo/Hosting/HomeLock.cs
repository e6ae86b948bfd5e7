using System.Globalization;

namespace PgmCluster.Silo.Hosting;

/// <summary>
/// The right to be the one silo of a home directory. The kernel releases it when the process ends, however it ends, so
/// there is never a stale lock to remove.
/// </summary>
public sealed class HomeLock : IDisposable
{
    private readonly FileStream _file;
    private readonly string _holderPath;

    private HomeLock(FileStream file, string holderPath)
    {
        _file = file;
        _holderPath = holderPath;
    }

    /// <summary>Takes the lock of <paramref name="home"/>.</summary>
    /// <exception cref="HomeLockedException">Another silo holds it.</exception>
    /// <exception cref="SiloStartException">The directory cannot be written.</exception>
    public static HomeLock Acquire(string home)
    {
        var run = Path.Combine(Path.GetFullPath(home), "run");
        var path = Path.Combine(run, "home.lock");
        // Beside the lock, since a locked file cannot be opened for reading through FileStream.
        var holderPath = Path.Combine(run, "home.lock.pid");
        FileStream file;
        try
        {
            Directory.CreateDirectory(run);
            // FileShare.None is flock(LOCK_EX | LOCK_NB) on Unix.
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(path) && IsWritable(run))
        {
            throw new HomeLockedException(home, ReadHolder(holderPath));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SiloStartException($"Trying to lock the home directory {home}: it cannot be written ({e.Message}). Make it writable for this user, or choose another home directory.", e);
        }

        try
        {
            AtomicFile.Write(holderPath, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new HomeLock(file, holderPath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            file.Dispose();
            throw new SiloStartException($"Trying to lock the home directory {home}: it cannot be written ({e.Message}). Free space or make it writable, then try again.", e);
        }
    }

    /// <summary>Releases the lock.</summary>
    public void Dispose()
    {
        // The lock file itself stays: deleting it would let two processes lock two files of the same name.
        if (_file.CanRead) File.Delete(_holderPath);
        _file.Dispose();
    }

    private static bool IsWritable(string directory)
    {
        try
        {
            var probe = Path.Combine(directory, $".probe-{Environment.ProcessId}-{Guid.NewGuid():N}");
            using (File.Create(probe, 1, FileOptions.DeleteOnClose)) return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
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

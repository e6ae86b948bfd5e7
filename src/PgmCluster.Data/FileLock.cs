using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PgmCluster.Data;

/// <summary>
/// A lock on a file that the kernel releases when the process ends, however it ends. It is asked of the kernel itself: .NET's own can be
/// switched off (<c>DOTNET_SYSTEM_IO_DISABLEFILELOCKING=1</c>, usual advice for NFS), and would then be granted to everybody.
/// </summary>
public sealed class FileLock : IDisposable
{
    private const int ExclusiveNow = 2 | 4;
    private const int Interrupted = 4, WouldBlock = 11;

    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    /// <summary>Takes the lock; makes the file if need be. It stays when the lock is released.</summary>
    /// <returns>Null where somebody holds it.</returns>
    /// <exception cref="IOException">The file cannot be opened, or its file system has no locks.</exception>
    public static FileLock? TryAcquire(string path)
    {
        FileStream file;
        try
        {
            // Where .NET locks, it does so here already, and in the same way.
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.HResult == WouldBlock)
        {
            return null;
        }
        if (OperatingSystem.IsWindows()) return new FileLock(file);
        while (flock(file.SafeFileHandle, ExclusiveNow) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error == Interrupted) continue;
            file.Dispose();
            return error == WouldBlock
                ? null
                : throw new IOException($"locking {path} failed: {Marshal.GetPInvokeErrorMessage(error)}", error);
        }
        return new FileLock(file);
    }

    /// <summary>Releases the lock.</summary>
    public void Dispose() => _file.Dispose();

    [DllImport("libc", SetLastError = true)]
    private static extern int flock(SafeFileHandle file, int operation);
}

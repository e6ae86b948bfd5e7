using System.Runtime.InteropServices;

namespace PgmCluster.Data.Artifacts;

/// <summary>
/// A lock on a store in a directory, across processes and machines: shared by those who put artifacts in place, held alone by a
/// collection while it looks at one and deletes it. For moments only. The lock ends with the process that holds it.
/// </summary>
internal sealed partial class StoreLock : IDisposable
{
    private const int ReadWriteCreateCloseOnExec = 0x2 | 0x40 | 0x80000, ForAll = 0x1B6;
    private const int Shared = 1, Exclusive = 2, Interrupted = 4;

    private readonly int _descriptor;

    private StoreLock(int descriptor) => _descriptor = descriptor;

    /// <summary>Waits for the lock.</summary>
    /// <param name="path">The lock's file, made if need be.</param>
    /// <param name="alone">Whether nobody else may hold it meanwhile.</param>
    /// <returns>Null where the system has no such locks: then nothing may be collected.</returns>
    public static StoreLock? Take(string path, bool alone)
    {
        if (!OperatingSystem.IsLinux()) return null;
        var descriptor = Open(path, ReadWriteCreateCloseOnExec, ForAll);
        if (descriptor < 0) return null;
        while (Lock(descriptor, alone ? Exclusive : Shared) != 0)
        {
            if (Marshal.GetLastPInvokeError() == Interrupted) continue;
            _ = Close(descriptor);
            return null;
        }
        return new StoreLock(descriptor);
    }

    public void Dispose() => _ = Close(_descriptor);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(int descriptor, int operation);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}

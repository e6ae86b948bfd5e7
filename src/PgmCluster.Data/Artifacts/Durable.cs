using System.Runtime.InteropServices;

namespace PgmCluster.Data.Artifacts;

/// <summary>Makes names durable. .NET can flush a file, but not the directory that holds its name.</summary>
internal static partial class Durable
{
    private const int ReadOnlyDirectoryCloseOnExec = 0x10000 | 0x80000;
    private const int NoEntry = 2;
    private const int Exists = 17;
    private const int InvalidArgument = 22;

    /// <summary>Makes a directory and those above it, each of them durable.</summary>
    /// <exception cref="DirectoryNotFoundException">It, or one above it, was deleted meanwhile.</exception>
    public static void CreateDirectory(string path)
    {
        if (Directory.Exists(path)) return;
        if (Path.GetDirectoryName(path) is { Length: > 0 } parent)
        {
            CreateDirectory(parent);
            Make(path);
            FlushDirectory(parent);
        }
        else
        {
            Make(path);
        }
    }

    private static void Make(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (IOException e) when ((e.HResult & 0xFFFF) == Exists && !File.Exists(path))
        {
            // The system found one; it was gone when .NET looked whether that is a directory or a file in its place.
            throw new DirectoryNotFoundException($"Making the directory {path}: it was deleted at the same time.", e);
        }
    }

    /// <summary>Waits until the names in a directory are on the disk; does nothing on systems without such a call.</summary>
    public static void FlushDirectory(string path)
    {
        if (!OperatingSystem.IsLinux()) return;
        // O_DIRECTORY has another value on ARM; without it the call means the same for a directory.
        var flags = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? ReadOnlyDirectoryCloseOnExec : 0x80000;
        var descriptor = Open(path, flags);
        if (descriptor < 0) throw Failure("open", path);
        try
        {
            // Some network file systems refuse to flush a directory, since they have made the name durable already.
            if (Flush(descriptor) != 0 && Marshal.GetLastPInvokeError() != InvalidArgument) throw Failure("fsync", path);
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static IOException Failure(string call, string path)
    {
        var error = Marshal.GetLastPInvokeError();
        if (error == NoEntry) return new DirectoryNotFoundException($"Making the names in {path} durable: there is no such directory.");
        return new IOException($"Making the names in {path} durable: {call} failed ({Marshal.GetPInvokeErrorMessage(error)}).", error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Flush(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}

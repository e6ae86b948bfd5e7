using System.Text;
using PgmCluster.Data.Artifacts;

namespace PgmCluster.Data.Tls;

/// <summary>Directories of keys: only their owner may enter them or read what is in them, from the first moment.</summary>
internal static class TlsDirectories
{
    private const UnixFileMode Enter = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Use = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Makes a directory with all that belongs into it, or not at all.</summary>
    /// <param name="path">Where; nothing is there, or an empty directory.</param>
    /// <param name="fill">Writes into the directory that it is given, which gets its name afterwards.</param>
    public static void Make(string path, Action<string> fill)
    {
        var parent = Path.GetDirectoryName(path)!;
        Durable.CreateDirectory(parent);
        var temporary = Path.Combine(parent, $"{AtomicFile.TemporaryPrefix}{Guid.NewGuid():N}");
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(temporary);
        else Directory.CreateDirectory(temporary, Enter);
        try
        {
            fill(temporary);
            // Fails where somebody has put something there meanwhile.
            if (Directory.Exists(path)) Directory.Delete(path);
            Directory.Move(temporary, path);
            Durable.FlushDirectory(parent);
        }
        catch
        {
            Directory.Delete(temporary, recursive: true);
            throw;
        }
    }

    /// <summary>Replaces a file as a whole.</summary>
    public static void Write(string path, string text) =>
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes($"{text.TrimEnd()}\n")), mode: Use);
}

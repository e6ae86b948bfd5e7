using System.ComponentModel;
using System.Diagnostics;

namespace PgmCluster.TestSupport;

/// <summary>A small file system that can be filled up and made read-only. Where it may not be mounted, the test is skipped.</summary>
public sealed class SmallDisk : IDisposable
{
    private const int NotMounted = 99;

    /// <param name="megabytes">Its size.</param>
    public SmallDisk(int megabytes = 2)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            throw GoldenData.Skipped("needs root on Linux: it mounts a small tmpfs");
        Path = Directory.CreateTempSubdirectory("pgm-small-disk-").FullName;
        try
        {
            Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", Path);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            Directory.Delete(Path);
            throw GoldenData.Skipped($"mounting a tmpfs does not work here: {e.Message}");
        }
    }

    public string Path { get; }

    /// <summary>
    /// What runs a command of the shell on a file system in a namespace of its own, which needs no rights where that is permitted; gone with
    /// the command.
    /// </summary>
    /// <param name="directory">Where it is mounted; made if need be.</param>
    /// <param name="size">As mount's, such as "64k".</param>
    /// <param name="command">Makes the command out of the directory's path.</param>
    public static string[] Command(string directory, string size, Func<string, string> command)
    {
        var disk = Directory.CreateDirectory(directory).FullName;
        return
        [
            "unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
            $"mount -t tmpfs -o size={size} none '{disk}' || exit {NotMounted}; {command(disk)}",
        ];
    }

    /// <summary>Skips the test where such a command could not mount its file system.</summary>
    public static void SkipUnlessMounted(int exitCode, string error)
    {
        if (exitCode == NotMounted || error.Contains("unshare:", StringComparison.Ordinal))
            throw GoldenData.Skipped("file systems cannot be mounted here");
    }

    public void MakeReadOnly() => Run("mount", "-o", "remount,ro", Path);

    /// <summary>Uses up every free byte.</summary>
    public void Fill()
    {
        using var ballast = new FileStream(
            System.IO.Path.Combine(Path, "ballast"), FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        var piece = new byte[4096];
        try
        {
            while (true) ballast.Write(piece);
        }
        catch (IOException)
        {
            // Full, as wanted.
        }
    }

    public void FreeUp() => File.Delete(System.IO.Path.Combine(Path, "ballast"));

    public void Dispose()
    {
        Run("umount", "-l", Path);
        Directory.Delete(Path);
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {error.Trim()}");
    }
}

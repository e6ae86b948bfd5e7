using System.Diagnostics;

namespace PgmCluster.Silo.Tests;

/// <summary>A file system of 2 MB that can be filled up and made read-only.</summary>
public sealed class SmallDisk : IDisposable
{
    private static readonly Lazy<string?> s_whyNot = new(() =>
    {
        try
        {
            using var disk = new SmallDisk();
            return null;
        }
        catch (InvalidOperationException e)
        {
            return e.Message;
        }
    });

    public SmallDisk()
    {
        Path = Directory.CreateTempSubdirectory("pgm-small-disk-").FullName;
        try
        {
            Run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", Path);
        }
        catch
        {
            Directory.Delete(Path);
            throw;
        }
    }

    /// <summary>Why this cannot be used here, or null.</summary>
    public static string? WhyNot => s_whyNot.Value;

    public string Path { get; }

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

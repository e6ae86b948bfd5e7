using System.Diagnostics;
using PgmCluster.TestSupport;

namespace PgmCluster.Data.Tests.Artifacts;

/// <summary>A file system of 2 MB. Where it may not be mounted, the test is skipped.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public SmallDisk()
    {
        if (OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess
            && Run("mount", "-t", "tmpfs", "-o", "size=2m", "none", Path) == 0)
            return;
        _directory.Dispose();
        throw GoldenData.Skipped("a file system of 2 MB can only be mounted by root on Linux");
    }

    public string Path => _directory.Path;

    public void Dispose()
    {
        Run("umount", Path);
        _directory.Dispose();
    }

    private static int Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }
}

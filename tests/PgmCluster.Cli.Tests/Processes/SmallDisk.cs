using PgmCluster.TestSupport;

namespace PgmCluster.Cli.Tests.Processes;

/// <summary>
/// A file system of a given size, in a namespace of its own, which needs no rights where that is permitted; gone with the command.
/// </summary>
internal static class SmallDisk
{
    private const int NotMounted = 99;

    /// <summary>Runs a command of the shell with the file system mounted.</summary>
    /// <param name="directory">Where it is mounted; made if need be.</param>
    /// <param name="size">As mount's, such as "2m".</param>
    /// <param name="command">Makes the command out of the directory's path.</param>
    /// <exception cref="SkippedException">File systems cannot be mounted here.</exception>
    public static async Task<PgmProcess> RunAsync(string directory, string size, Func<string, string> command)
    {
        var disk = Directory.CreateDirectory(directory).FullName;
        var run = await PgmProcess.RunProgramAsync("unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
            $"mount -t tmpfs -o size={size} none '{disk}' || exit {NotMounted}; {command(disk)}");
        if (run.ExitCode != NotMounted && !run.Error.Contains("unshare:", StringComparison.Ordinal)) return run;
        run.Dispose();
        throw new SkippedException("file systems cannot be mounted here");
    }
}

using System.Diagnostics;
using PgmCluster.TestSupport;

namespace PgmCluster.Deploy.Tests.Settings;

/// <summary>The unit of systemd that runs a silo for one user.</summary>
public sealed class SystemdTests
{
    private static string Unit => Path.Combine(RepositoryRoot.Path, "deploy", "systemd", "pgm.service");

    [Fact]
    public void Unit_IsRightForSystemd()
    {
        var home = Directory.CreateTempSubdirectory("pgm-systemd-");
        try
        {
            var bin = home.CreateSubdirectory(".local/bin");
            File.Copy("/bin/true", Path.Combine(bin.FullName, "pgm"));
            var start = new ProcessStartInfo("systemd-analyze", ["verify", "--user", Unit]) { RedirectStandardError = true };
            (start.Environment["HOME"], start.Environment["XDG_RUNTIME_DIR"]) = (home.FullName, home.FullName);
            using var process = TryStart(start);
            var found = process.StandardError.ReadToEnd();
            process.WaitForExit();

            Assert.True(process.ExitCode == 0 && found.Length == 0, found);
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    /// <summary>Killed earlier, a silo would lose what it computes: waiting for the work, and 22 s for leaving.</summary>
    [Fact]
    public void Unit_StopTimeout_CoversShutdown()
    {
        var seconds = int.Parse(
            File.ReadLines(Unit).Single(l => l.StartsWith("TimeoutStopSec=", StringComparison.Ordinal)).Split('=')[1],
            System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(seconds >= 60 + 22, $"{seconds} s");
    }

    private static Process TryStart(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new SkippedException("needs systemd-analyze: this machine has no systemd");
        }
    }
}

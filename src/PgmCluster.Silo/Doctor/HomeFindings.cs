using PgmCluster.Execution.Doctor;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;

namespace PgmCluster.Silo.Doctor;

/// <summary>The home directory, and the silos that run on it.</summary>
internal static class HomeFindings
{
    public static Finding Look(SiloOptions options, IReadOnlyList<SiloEndpoint> running)
    {
        var probed = DirectoryProbe.Look("home", Path.GetFullPath(options.Home), "name another home (--home, PGM_HOME)");
        var silos = running.Count == 0
            ? "no silo runs on it"
            : string.Join(", ", running.Select(
                s => $"silo '{s.SiloName}' runs on it (process {s.Pid}, gateway {s.Gateway}, version {s.Version})"));
        return probed with { Found = $"{probed.Found}; {silos}" };
    }
}

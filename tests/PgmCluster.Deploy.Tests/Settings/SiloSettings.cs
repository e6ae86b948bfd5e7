using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;

namespace PgmCluster.Deploy.Tests.Settings;

/// <summary>The settings that a silo knows.</summary>
internal static class SiloSettings
{
    public const string Prefix = "PGM_";

    /// <summary>Names as in Pgm:SiloName.</summary>
    public static IReadOnlySet<string> Names { get; } = new HashSet<string>(
        typeof(SiloOptions).GetProperties().Where(p => p.CanWrite).Select(p => p.Name), StringComparer.OrdinalIgnoreCase);

    /// <summary>Variables that the command line reads, beside those of a silo.</summary>
    public static IReadOnlySet<string> OfClients { get; } = new HashSet<string>(["PGM_GATEWAY", "PGM_ARTIFACTS", "PGM_TLS"]);

    /// <summary>True where a silo reads the environment variable.</summary>
    public static bool IsVariable(string name) =>
        name.StartsWith(Prefix, StringComparison.Ordinal) && Names.Contains(name[Prefix.Length..]);
}

using PgmCluster.Cli.Homes;

namespace PgmCluster.Cli.Sessions;

/// <summary>What the silo in this process consists of beside Orleans and its storage: the only place that knows.</summary>
internal static class SiloParts
{
    public static IReadOnlyList<(string Name, string Kind)> Presets => [];

    public static void Add(ISiloBuilder builder, PgmHome home, EmbeddedSiloSettings settings)
    {
    }
}

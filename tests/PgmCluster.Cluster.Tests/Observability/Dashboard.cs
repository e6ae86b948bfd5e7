using System.Text.Json;
using PgmCluster.TestSupport;

namespace PgmCluster.Cluster.Tests.Observability;

/// <summary>The dashboard for Grafana, as far as it is queries.</summary>
internal static class Dashboard
{
    private static readonly string s_file = Path.Combine(RepositoryRoot.Path, "deploy", "observability", "grafana", "pgm.json");

    /// <summary>Each panel's title with a query of it, as Grafana would send it for one cluster.</summary>
    public static IReadOnlyList<(string Panel, string Expression)> Queries =>
    [
        .. JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(s_file)).GetProperty("panels").EnumerateArray()
            .Where(panel => panel.GetProperty("type").GetString() != "row")
            .SelectMany(panel => panel.GetProperty("targets").EnumerateArray().Select(target => (
                panel.GetProperty("title").GetString()!,
                target.GetProperty("expr").GetString()!.Replace("$job", "pgm", StringComparison.Ordinal)
                    .Replace("$__rate_interval", "30s", StringComparison.Ordinal)))),
    ];
}

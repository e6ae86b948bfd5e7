using System.Net;
using PgmCluster.Cli.Errors;
using PgmCluster.Client;

namespace PgmCluster.Cli.Sessions;

/// <summary>The gateways that a user names.</summary>
internal static class Gateways
{
    /// <summary>Of the environment.</summary>
    public const string Variable = "PGM_GATEWAY";

    /// <summary>Those of the command line, else those of <c>PGM_GATEWAY</c>, else none.</summary>
    /// <exception cref="UsageException">One is not HOST:PORT.</exception>
    public static IReadOnlyList<DnsEndPoint> Of(string[]? given, Func<string, string?> variable) =>
        given is { Length: > 0 } ? [.. given.SelectMany(g => Parse("--gateway", g))]
        : variable(Variable) is { Length: > 0 } set ? [.. Parse(Variable, set)]
        : [];

    /// <summary>Whether the environment names any.</summary>
    public static bool IsInEnvironment(Func<string, string?> variable) => variable(Variable) is { Length: > 0 };

    private static IEnumerable<DnsEndPoint> Parse(string source, string list)
    {
        foreach (var text in list.Split(',', StringSplitOptions.TrimEntries))
        {
            yield return GatewayAddress.Parse(text)
                ?? throw new UsageException($"'{text}' of {source} is not a gateway. Give HOST:PORT, such as 127.0.0.1:30000.");
        }
    }
}

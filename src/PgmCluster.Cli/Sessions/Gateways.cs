using System.Globalization;
using System.Net;
using PgmCluster.Cli.Errors;

namespace PgmCluster.Cli.Sessions;

/// <summary>The gateways that a user names.</summary>
internal static class Gateways
{
    private const string Variable = "PGM_GATEWAY";

    /// <summary>Those of the command line, else those of <c>PGM_GATEWAY</c>, else none.</summary>
    /// <exception cref="UsageException">One is not HOST:PORT.</exception>
    public static IReadOnlyList<DnsEndPoint> Of(string[]? given, Func<string, string?> variable) =>
        given is { Length: > 0 } ? [.. given.SelectMany(g => Parse("--gateway", g))]
        : variable(Variable) is { Length: > 0 } set ? [.. Parse(Variable, set)]
        : [];

    private static IEnumerable<DnsEndPoint> Parse(string source, string list)
    {
        foreach (var text in list.Split(',', StringSplitOptions.TrimEntries))
        {
            var colon = text.LastIndexOf(':');
            var host = colon > 0 ? text[..colon].Trim('[', ']') : "";
            if (host.Length == 0 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                || port is < 1 or > 65535)
                throw new UsageException($"'{text}' of {source} is not a gateway. Give HOST:PORT, such as 127.0.0.1:30000.");
            yield return new DnsEndPoint(host, port);
        }
    }
}

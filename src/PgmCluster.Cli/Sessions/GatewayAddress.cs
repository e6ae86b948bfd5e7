using System.Globalization;
using PgmCluster.Cli.Errors;

namespace PgmCluster.Cli.Sessions;

/// <summary>The gateway of a cluster that runs elsewhere.</summary>
/// <param name="Host">Name or IP address.</param>
/// <param name="Port">TCP port.</param>
/// <param name="ClusterId">The silos' Pgm:ClusterId.</param>
/// <param name="ServiceId">The silos' Pgm:ServiceId.</param>
internal sealed record GatewayAddress(string Host, int Port, string ClusterId, string ServiceId)
{
    private const string Variable = "PGM_GATEWAY";
    private const string DefaultId = "pgm";

    /// <summary>The gateway that is named, or <c>PGM_GATEWAY</c>; null where neither is.</summary>
    /// <exception cref="UsageException">It is not HOST:PORT.</exception>
    public static GatewayAddress? Locate(string? given, Func<string, string?> variable)
    {
        var (text, source) = given is { Length: > 0 } ? (given, "--gateway") : (variable(Variable), Variable);
        if (text is not { Length: > 0 }) return null;
        var colon = text.LastIndexOf(':');
        var host = colon > 0 ? text[..colon] : "";
        if (host is ['[', .., ']']) host = host[1..^1];
        else if (host.Contains(':')) host = "";
        if (Uri.CheckHostName(host) == UriHostNameType.Unknown
            || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535)
        {
            throw new UsageException($"{source} is '{text}': give HOST:PORT, for instance pgm-gateway:30000.");
        }
        return new(host, port, Id(variable, "PGM_CLUSTERID"), Id(variable, "PGM_SERVICEID"));
    }

    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    private static string Id(Func<string, string?> variable, string name) => variable(name) is { Length: > 0 } id ? id : DefaultId;
}

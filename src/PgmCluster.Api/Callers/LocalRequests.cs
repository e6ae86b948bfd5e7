using System.Net;
using Microsoft.AspNetCore.Http;

namespace PgmCluster.Api.Callers;

/// <summary>
/// Tells requests of programs of this machine from those that somebody else has them make: a page in the user's browser, a name that was
/// made to mean this machine, or a proxy.
/// </summary>
internal static class LocalRequests
{
    private static readonly string[] s_forwarding = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via"];

    /// <summary>Why a request cannot be let in without a key; null where it can.</summary>
    public static string? Problem(HttpContext context)
    {
        var request = context.Request;
        if (context.Connection.RemoteIpAddress is not { } address || !IPAddress.IsLoopback(address)) return "it comes from another machine";
        var host = request.Host.Host;
        if (host != "localhost" && !(IPAddress.TryParse(host.Trim('[', ']'), out var named) && IPAddress.IsLoopback(named)))
            return "it names this machine otherwise than localhost or a loopback address";
        if (s_forwarding.Any(request.Headers.ContainsKey)) return "a proxy has forwarded it";
        return IsOfThisSite(request) && request.Headers.Origin.All(origin => origin == $"{request.Scheme}://{request.Host}")
            ? null
            : "a page of another origin has sent it";
    }

    /// <summary>
    /// Whether no page of another host has sent a request, as far as browsers say. A proxy may have ended TLS: the browser asks by https
    /// then, and this server is asked by http, for the host that the browser has asked for.
    /// </summary>
    public static bool IsOfThisHost(HttpRequest request) =>
        IsOfThisSite(request)
        && request.Headers.Origin.All(origin =>
            Uri.TryCreate(origin, UriKind.Absolute, out var from) && (from.Scheme == Uri.UriSchemeHttp || from.Scheme == Uri.UriSchemeHttps)
            && from.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase));

    private static bool IsOfThisSite(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"].All(site => site is "same-origin" or "none");
}

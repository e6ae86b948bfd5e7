using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PgmCluster.Api.Errors;
using PgmCluster.Api.Keys;

namespace PgmCluster.Api.Callers;

/// <summary>
/// <c>Authorization: Bearer KEY</c>. Where there is no file of keys, and the API is for this machine alone, whoever calls is its user, as
/// whoever reaches the gateway is.
/// </summary>
internal sealed class KeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, ApiKeyRing keys, AccessRules rules)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    /// <summary>The scheme's name.</summary>
    public const string Key = "key";

    private const string Bearer = "Bearer ";

    private string _problem = "it carries no key";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(Identify() is { } caller
        ? AuthenticateResult.Success(new AuthenticationTicket(caller.ToPrincipal(Key), Key))
        : AuthenticateResult.NoResult());

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        return Problems.WriteAsync(
            Context, StatusCodes.Status401Unauthorized, "unauthenticated",
            $"{Problems.Attempt(Request)}: {_problem}. Send 'Authorization: Bearer KEY' with a key that "
            + "'pgm keys add NAME --role ROLE' made.");
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        return Problems.WriteAsync(
            Context, StatusCodes.Status403Forbidden, "denied", Caller.Of(Context).Lacks(Problems.Attempt(Request)));
    }

    private Caller? Identify()
    {
        if (Request.Headers.Authorization is [{ } header])
        {
            if (header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) && keys.Find(header[Bearer.Length..].Trim()) is { } known)
                return Caller.Of(known);
            _problem = "its key is nobody's";
            return null;
        }
        if (!rules.AllowsLocal || keys.IsThere) return null;
        if (LocalRequests.Problem(Context) is not { } problem) return Caller.ThisMachines();
        _problem = $"it carries no key, and {problem}";
        return null;
    }
}

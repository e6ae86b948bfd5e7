using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PgmCluster.Api.Callers;
using PgmCluster.Api.Errors;
using PgmCluster.Api.Keys;

namespace PgmCluster.Dashboard.Access;

/// <summary>
/// Whoever sees pages is whoever the API would let in: by a key that was given once and that a cookie stands for, or this machine's user where the
/// API asks for no key. A page of another origin cannot have a request made in their name.
/// </summary>
internal sealed class PageKeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, ApiKeyRing keys, PageCookies cookies,
    AccessRules rules)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    /// <summary>The scheme's name.</summary>
    public const string Page = "page";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(Identify() is { } caller
        ? AuthenticateResult.Success(new AuthenticationTicket(caller, Page))
        : AuthenticateResult.NoResult());

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (!HttpMethods.IsGet(Request.Method) || !IsNavigation)
        {
            await Problems.WriteAsync(
                Context, StatusCodes.Status401Unauthorized, "unauthenticated",
                $"{Problems.Attempt(Request)}: it comes from nobody who has signed in. Open /sign-in in a browser.");
            return;
        }
        if (Request.Headers["Sec-Fetch-Site"] is [not ("same-origin" or "none")])
        {
            // A link of another page: browsers keep the cookie back. Asked again from here it comes along.
            Response.StatusCode = StatusCodes.Status200OK;
            Response.ContentType = "text/html; charset=utf-8";
            await Response.WriteAsync(
                "<!DOCTYPE html><html lang=\"en\"><head><meta http-equiv=\"refresh\" content=\"0\"><title>PgmCluster</title></head></html>");
            return;
        }
        Response.Redirect($"/sign-in?from={Uri.EscapeDataString(Request.Path.ToUriComponent() + Request.QueryString.ToUriComponent())}");
    }

    private bool IsNavigation => Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal);

    private System.Security.Claims.ClaimsPrincipal? Identify()
    {
        if (cookies.Read(Request) is { } hash && LocalRequests.IsOfThisHost(Request) && keys.FindByHash(hash) is { } known)
            return PageCaller.Principal(Caller.Of(known), known.Sha256);
        if (!rules.AllowsLocal || keys.IsThere || LocalRequests.Problem(Context) is not null) return null;
        return PageCaller.Principal(Caller.ThisMachines(), null);
    }
}

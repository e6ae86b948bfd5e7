using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PgmCluster.Api.Callers;
using PgmCluster.Api.Keys;

namespace PgmCluster.Dashboard.Access;

/// <summary>A key comes in once, and a cookie stands for it that no script reads; and goes again.</summary>
internal static class SignInRoutes
{
    private const int LongestKey = 200;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/session", async (HttpContext context, ApiKeyRing keys, PageCookies cookies) =>
        {
            if (!LocalRequests.IsOfThisHost(context.Request) || !context.Request.HasFormContentType)
                return Results.StatusCode(StatusCodes.Status400BadRequest);
            var form = await context.Request.ReadFormAsync(context.RequestAborted);
            var (key, from) = (form["key"].ToString().Trim(), Within(form["from"]));
            if (key.Length is 0 or > LongestKey || keys.Find(key) is not { } known)
                return Results.LocalRedirect($"/sign-in?refused=true&from={Uri.EscapeDataString(from)}");
            context.Response.Cookies.Append(PageCookies.NameFor(context.Request), cookies.Write(known), Cookie(context));
            return Results.LocalRedirect(from);
        }).AllowAnonymous().ExcludeFromDescription();
        routes.MapPost("/session/end", (HttpContext context) =>
        {
            if (!LocalRequests.IsOfThisHost(context.Request)) return Results.StatusCode(StatusCodes.Status400BadRequest);
            context.Response.Cookies.Delete(PageCookies.NameFor(context.Request), Cookie(context));
            return Results.LocalRedirect("/sign-in");
        }).AllowAnonymous().ExcludeFromDescription();
    }

    /// <summary>An address of this server's own; others lead to the first page.</summary>
    public static string Within(string? address) =>
        address is ['/', not ('/' or '\\'), ..] or "/" && !address.Contains('\\') && !address.Any(char.IsControl) ? address : "/";

    private static CookieOptions Cookie(HttpContext context) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        // By https also where a proxy has ended it.
        Secure = context.Request.IsHttps || context.Request.Headers.Origin.Any(o => o?.StartsWith("https:", StringComparison.Ordinal) == true),
        Path = "/",
        IsEssential = true,
    };
}

using Microsoft.AspNetCore.Http;

namespace PgmCluster.Api.Callers;

/// <summary>What a request calls within the cluster is in its caller's name.</summary>
internal sealed class CallerMiddleware(RequestDelegate next, AccessRules rules)
{
    /// <summary>Asynchronous: what is set here reaches what is called from here and nothing else.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        if (context.User.Identity is { IsAuthenticated: true }) rules.ActAs(Caller.Of(context).Name);
        await next(context);
    }
}

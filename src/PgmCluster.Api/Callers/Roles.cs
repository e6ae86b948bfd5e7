using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using PgmCluster.Api.Keys;

namespace PgmCluster.Api.Callers;

/// <summary>Which role a route asks for.</summary>
internal static class Roles
{
    /// <summary>A route is for a role and those above it.</summary>
    public static TBuilder For<TBuilder>(this TBuilder route, ApiRole role) where TBuilder : IEndpointConventionBuilder =>
        route.RequireAuthorization($"{role}");

    /// <summary>What the routes ask for; whoever is nobody passes none of them, nor a route that asks for nothing.</summary>
    public static void Add(AuthorizationBuilder authorization)
    {
        var all = Enum.GetValues<ApiRole>();
        foreach (var role in all)
            authorization.AddPolicy($"{role}", policy => policy.RequireRole(all.Where(r => r >= role).Select(r => $"{r}")));
        authorization.SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
    }

    /// <summary>The role of a policy.</summary>
    public static ApiRole Of(IEnumerable<IAuthorizeData> asked) =>
        asked.Select(a => Enum.TryParse<ApiRole>(a.Policy, out var role) ? role : ApiRole.Viewer).DefaultIfEmpty(ApiRole.Viewer).Max();
}

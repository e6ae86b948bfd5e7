using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using PgmCluster.Api.Callers;
using PgmCluster.Api.Keys;
using PgmCluster.Contracts.Errors;

namespace PgmCluster.Dashboard.Access;

/// <summary>Who looks at a page. A page stays open for long: each look asks whether they still may.</summary>
internal sealed class PageCaller(AuthenticationStateProvider state, ApiKeyRing keys, AccessRules rules)
{
    private const string KeyClaim = "pgm:key-sha256";

    /// <summary>Somebody as pages know them.</summary>
    /// <param name="caller">They.</param>
    /// <param name="keySha256">Of the key by which they came in; null for this machine's user.</param>
    public static ClaimsPrincipal Principal(Caller caller, string? keySha256)
    {
        var principal = caller.ToPrincipal(PageKeyHandler.Page);
        if (keySha256 is not null) ((ClaimsIdentity)principal.Identity!).AddClaim(new Claim(KeyClaim, keySha256));
        return principal;
    }

    /// <summary>Who it is, with the role that they have now.</summary>
    /// <exception cref="PgmException">Their key was taken back, or there are keys by now and they have shown none.</exception>
    public async Task<Caller> RequireAsync()
    {
        var user = (await state.GetAuthenticationStateAsync()).User;
        if (user.FindFirstValue(KeyClaim) is { } hash)
        {
            if (keys.FindByHash(hash) is { } known) return Caller.Of(known);
        }
        else if (rules.AllowsLocal && !keys.IsThere && user.Identity is { IsAuthenticated: true })
        {
            return Caller.Of(user);
        }
        throw new PgmException("Reading from the cluster: your key is not one of its keys any more. Sign in with one that is.")
        {
            Code = PgmErrorCode.Denied,
        };
    }

    /// <summary>The same, before something is submitted.</summary>
    /// <param name="attempt">As in "Starting 'x'".</param>
    /// <exception cref="PgmException">They may not.</exception>
    public async Task<Caller> RequireMaySubmitAsync(string attempt)
    {
        var caller = await RequireAsync();
        return caller.Role >= ApiRole.Submitter
            ? caller
            : throw new PgmException(caller.Lacks(attempt)) { Code = PgmErrorCode.Denied };
    }

    /// <summary>The same, before something is changed.</summary>
    /// <param name="attempt">As in "Cancelling 'x'".</param>
    /// <param name="owner">Whose it is; null for nobody's.</param>
    /// <exception cref="PgmException">They may not.</exception>
    public async Task<Caller> RequireMayChangeAsync(string attempt, string? owner)
    {
        var caller = await RequireMaySubmitAsync(attempt);
        caller.RequireOwn(attempt, owner);
        return caller;
    }

    /// <summary>What the present flow of calls does from here on in the cluster is in their name.</summary>
    public void ActAs(Caller caller) => rules.ActAs(caller.Name);
}

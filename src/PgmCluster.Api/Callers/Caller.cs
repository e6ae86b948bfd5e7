using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using PgmCluster.Api.Keys;
using PgmCluster.Contracts.Errors;

namespace PgmCluster.Api.Callers;

/// <summary>Who calls.</summary>
/// <param name="Name">The owner of what is submitted.</param>
/// <param name="Role">What may be done.</param>
/// <param name="IsLocal">Nobody had to show anything: the API is set up for this machine's users alone.</param>
internal sealed record Caller(string Name, ApiRole Role, bool IsLocal = false)
{
    private const string LocalClaim = "pgm:local";

    /// <summary>The role, as messages and pages say it.</summary>
    public string RoleWord => Role.ToString().ToLowerInvariant();

    /// <summary>Whoever a key is of.</summary>
    public static Caller Of(ApiKeyEntry key) => new(key.Name, key.Role);

    /// <summary>This machine's user, who has shown nothing.</summary>
    public static Caller ThisMachines() => new(Environment.UserName, ApiRole.Admin, IsLocal: true);

    /// <summary>Who has made the request.</summary>
    public static Caller Of(HttpContext context) => Of(context.User);

    /// <summary>The same where a page stays open without a request.</summary>
    public static Caller Of(ClaimsPrincipal principal) =>
        principal is { Identity: { IsAuthenticated: true, Name: { } name } } user
        && Enum.TryParse<ApiRole>(user.FindFirstValue(ClaimTypes.Role), out var role)
            ? new Caller(name, role, user.HasClaim(LocalClaim, "true"))
            : throw new InvalidOperationException("A route is open to callers that nobody has asked who they are.");

    /// <summary>The same for the framework.</summary>
    public ClaimsPrincipal ToPrincipal(string scheme)
    {
        var identity = new ClaimsIdentity([new(ClaimTypes.Name, Name), new(ClaimTypes.Role, $"{Role}")], scheme);
        if (IsLocal) identity.AddClaim(new Claim(LocalClaim, "true"));
        return new ClaimsPrincipal(identity);
    }

    /// <summary>What is said where the role is not enough.</summary>
    /// <param name="attempt">What is attempted, as in "Cancelling 'x'".</param>
    public string Lacks(string attempt) => $"{attempt}: '{Name}' is a {RoleWord}, and this needs more. Use a key of a higher role.";

    /// <summary>Whether something is theirs to change; nobody's things are an admin's.</summary>
    /// <param name="owner">Whose it is; null for nobody's.</param>
    public bool Owns(string? owner) => Role == ApiRole.Admin || owner == Name;

    /// <summary>Refuses a submitter what is not their own; nobody's things are an admin's.</summary>
    /// <param name="attempt">What is attempted, as in "Cancelling 'x'".</param>
    /// <param name="owner">Whose it is; null for nobody's.</param>
    /// <exception cref="PgmException">It is not theirs.</exception>
    public void RequireOwn(string attempt, string? owner)
    {
        if (Owns(owner)) return;
        throw new PgmException(
            $"{attempt}: it is {(owner is null ? "nobody's" : $"{ForeignText.Of(owner)}'s")}, and '{Name}' is no admin. "
            + $"Ask {(owner is null ? "" : $"{ForeignText.Of(owner)} or ")}an admin.")
        { Code = PgmErrorCode.Denied };
    }
}

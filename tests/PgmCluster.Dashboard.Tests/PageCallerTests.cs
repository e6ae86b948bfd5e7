using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PgmCluster.Api.Callers;
using PgmCluster.Api.Keys;
using PgmCluster.Contracts.Errors;
using PgmCluster.Dashboard.Access;
using PgmCluster.TestSupport;

namespace PgmCluster.Dashboard.Tests;

/// <summary>What is refused whatever a page shows: a button that is not there is no protection.</summary>
public sealed class PageCallerTests : IDisposable
{
    private readonly string _file = Path.Combine(Directory.CreateTempSubdirectory("pgm-keys-").FullName, "api-keys.json");
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);

    [Theory]
    [InlineData(ApiRole.Viewer, "ann", "'ann' is a viewer, and this needs more")]
    [InlineData(ApiRole.Submitter, "ann", null)]
    [InlineData(ApiRole.Submitter, "bob", "it is bob's, and 'ann' is no admin")]
    [InlineData(ApiRole.Submitter, null, "it is nobody's, and 'ann' is no admin")]
    [InlineData(ApiRole.Admin, "bob", null)]
    public async Task Change_OfSomebodysJob_IsForItsOwnerAndAdmins(object role, string? owner, string? refusal)
    {
        var caller = Caller((ApiRole)role);

        if (refusal is null) await caller.RequireMayChangeAsync("Cancelling 'x'", owner);
        else Assert.Contains(refusal, (await RefusedAsync(() => caller.RequireMayChangeAsync("Cancelling 'x'", owner))).Message);
    }

    [Theory]
    [InlineData(ApiRole.Viewer, true)]
    [InlineData(ApiRole.Submitter, false)]
    [InlineData(ApiRole.Admin, false)]
    public async Task Submission_IsForSubmittersAndAdmins(object role, bool isRefused)
    {
        var caller = Caller((ApiRole)role);

        if (isRefused) await RefusedAsync(() => caller.RequireMaySubmitAsync("Starting 'x'"));
        else Assert.Equal("ann", (await caller.RequireMaySubmitAsync("Starting 'x'")).Name);
    }

    [Fact]
    public async Task Key_TakenBackWhileAPageIsOpen_SeesAndChangesNothingMore()
    {
        var caller = Caller(ApiRole.Admin);
        Assert.Equal("ann", (await caller.RequireAsync()).Name);

        ApiKeyFile.Remove(_file, "ann");
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Contains("not one of its keys any more", (await RefusedAsync(() => caller.RequireAsync())).Message);
        await RefusedAsync(() => caller.RequireMayChangeAsync("Cancelling 'x'", "ann"));
    }

    [Fact]
    public async Task LocalUser_OnceThereAreKeys_IsAskedForOne()
    {
        var caller = new PageCaller(new Shown(PageCaller.Principal(new Caller("user", ApiRole.Admin, IsLocal: true), null)), Ring(), Rules);
        Assert.Equal("user", (await caller.RequireAsync()).Name);

        ApiKeyFile.Add(_file, "ann", ApiRole.Admin, DateTimeOffset.UnixEpoch);
        _time.Advance(TimeSpan.FromSeconds(2));

        await RefusedAsync(() => caller.RequireAsync());
    }

    private static AccessRules Rules => new(AllowsLocal: true, _ => { });

    /// <summary>Ann, who has signed in.</summary>
    private PageCaller Caller(ApiRole role)
    {
        var key = ApiKeyFile.Add(_file, "ann", role, DateTimeOffset.UnixEpoch);
        var ring = Ring();
        var known = ring.Find(key)!;
        return new PageCaller(new Shown(PageCaller.Principal(new Caller(known.Name, known.Role), known.Sha256)), ring, Rules);
    }

    private ApiKeyRing Ring() => new(_file, _time, NullLogger<ApiKeyRing>.Instance);

    private static async Task<PgmException> RefusedAsync(Func<Task> attempt)
    {
        var refused = await Assert.ThrowsAsync<PgmException>(attempt);
        Assert.Equal(PgmErrorCode.Denied, refused.Code);
        return refused;
    }

    private sealed class Shown(ClaimsPrincipal principal) : AuthenticationStateProvider
    {
        public override Task<AuthenticationState> GetAuthenticationStateAsync() => Task.FromResult(new AuthenticationState(principal));
    }
}

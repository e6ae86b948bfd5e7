using System.Net;
using System.Text.Json;
using PgmCluster.Api.Keys;

namespace PgmCluster.Api.Tests;

/// <summary>Who may do what: every operation of the document, with no key, with keys below its role and with one of it.</summary>
public sealed class AccessTests(WaitingSilo silo) : IClassFixture<WaitingSilo>
{
    [Fact]
    public async Task EveryOperation_WithoutAKey_BelowItsRole_AndWithIt()
    {
        var operations = Operation.Of(await silo.DocumentAsync());
        Assert.InRange(operations.Count, 60, 200);

        foreach (var operation in operations)
        {
            var unknown = await silo.Nobody.SendAsync(operation.Request("x")).ReadAsync(HttpStatusCode.Unauthorized);
            Assert.Equal("unauthenticated", unknown.Text("code"));
            using var stranger = silo.Client(ApiKeyFile.Prefix + new string('0', 64));
            await stranger.SendAsync(operation.Request("x")).ReadAsync(HttpStatusCode.Unauthorized);
            for (var role = ApiRole.Viewer; role < operation.Role; role++)
            {
                var problem = await silo.With(role).SendAsync(operation.Request("x")).ReadAsync(HttpStatusCode.Forbidden);
                Assert.Equal("denied", problem.Text("code"));
            }
            using var answer = await silo.With(operation.Role).SendAsync(operation.Request("x"));
            var text = await answer.Content.ReadAsStringAsync();
            Assert.True((int)answer.StatusCode is < 401 or 404 or 409, $"{operation}: {(int)answer.StatusCode} {text}");
            if ((int)answer.StatusCode >= 400) Answers.Problem(answer, text);
        }
        Assert.Equal(
            [ApiRole.Viewer, ApiRole.Submitter, ApiRole.Admin], operations.Select(o => o.Role).Distinct().Order());
    }

    [Fact]
    public async Task OperationsThatChangeSomething_AreNotForViewers() => Assert.All(
        Operation.Of(await silo.DocumentAsync()).Where(o => o.Role == ApiRole.Viewer),
        o => Assert.True(o.Method == HttpMethod.Get || o.Path == "specifications", $"{o}"));

    [Fact]
    public async Task WhatThereIsNoRouteFor_IsAProblemToo()
    {
        var missing = await silo.Root.GetAsync("nowhere").ReadAsync(HttpStatusCode.NotFound);
        Assert.Contains("/api/openapi.json", missing.Text("detail"));
        var wrong = await silo.Root.DeleteAsync("queue").ReadAsync(HttpStatusCode.MethodNotAllowed);
        Assert.Contains("GET", wrong.Text("detail"));
    }

    [Fact]
    public async Task AJob_IsItsSubmitters_AndAnAdmins()
    {
        await Waiting.StartAsync(silo, silo.Ann, "anns");
        Assert.Equal("ann", (await silo.Bob.GetAsync("runs/anns").ReadAsync()).Text("owner"));

        var refused = await silo.Bob.PostAsync("runs/anns/cancel", new { }).ReadAsync(HttpStatusCode.Forbidden);
        Assert.Contains("it is ann's", refused.Text("detail"));
        foreach (var path in (string[])["runs/anns/pause", "runs/anns/resume", "jobs/anns/cancel"])
            await silo.Bob.PostAsync(path, new { }).ReadAsync(HttpStatusCode.Forbidden);
        await silo.Bob.DeleteAsync("runs/anns").ReadAsync(HttpStatusCode.Forbidden);
        await silo.Bob.PutAsync("runs/anns/kept", new { }).ReadAsync(HttpStatusCode.Forbidden);
        await silo.Bob.PutAsync("runs/anns", Waiting.Run).ReadAsync(HttpStatusCode.Forbidden);
        Assert.Equal("queued", (await silo.Bob.GetAsync("jobs/anns").ReadAsync()).Text("phase"));
        await silo.Root.PostAsync("runs/anns/cancel", new { }).ReadAsync();
    }

    [Fact]
    public async Task ASubmitter_SubmitsForNobodyElse_AndAnAdminDoes()
    {
        await Waiting.DatasetAsync(silo);
        var forBob = new { Waiting.Run.Preset, Waiting.Run.Dataset, scheduling = new { user = "bob", priority = 3 } };
        await silo.Ann.PutAsync("runs/for-bob", forBob).ReadAsync(HttpStatusCode.Forbidden);
        await silo.Root.PutAsync("runs/for-bob", forBob).ReadAsync(HttpStatusCode.Created);

        var queued = (await silo.Vera.GetAsync("queue").ReadAsync()).EnumerateArray().Single(w => w.Text("workId") == "for-bob");
        Assert.Equal(("bob", 3), (queued.Text("user"), queued.GetProperty("priority").GetInt32()));
        await silo.Bob.PostAsync("runs/for-bob/cancel", new { }).ReadAsync();
    }

    [Fact]
    public async Task TheAuditLog_KnowsTheCaller()
    {
        await Waiting.StartAsync(silo, silo.Ann, "audited");
        await silo.Root.PostAsync("runs/audited/cancel", new { }).ReadAsync();
        await silo.Root.PostAsync("jobs/delete?dryRun=true", new { olderThan = "36500.00:00:00" }).ReadAsync();

        // The log is written behind the answers.
        await silo.LogHoldsAsync("AuditLog api/root, by", "Cancel of trainingrun/audited: done", "DeleteMany of ");
        var log = silo.ReadLog();
        Assert.Contains("AuditLog api/ann, by", log);
        Assert.Contains("Start of trainingrun/audited: done", log);
    }

    [Fact]
    public async Task AKey_ThatIsMadeOrRemoved_CountsWithoutARestart()
    {
        var key = ApiKeyFile.Add(silo.Keys, "carl", ApiRole.Viewer, DateTimeOffset.UtcNow);
        using var carl = silo.Client(key);
        await carl.BecomesAsync(HttpStatusCode.OK);
        Assert.Equal("carl", (await carl.GetAsync("me").ReadAsync()).Text("name"));
        Assert.DoesNotContain(key, await File.ReadAllTextAsync(silo.Keys));

        ApiKeyFile.Remove(silo.Keys, "carl");
        await carl.BecomesAsync(HttpStatusCode.Unauthorized);
        await silo.Vera.GetAsync("me").ReadAsync();
    }
}

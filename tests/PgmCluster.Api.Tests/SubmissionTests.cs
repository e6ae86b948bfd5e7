using System.Net;
using System.Text;

namespace PgmCluster.Api.Tests;

/// <summary>Submitting, listing and refusing, as programs meet it.</summary>
public sealed class SubmissionTests(WaitingSilo silo) : IClassFixture<WaitingSilo>
{
    [Fact]
    public async Task TheSameKeyOfTheSameCaller_IsTheSameJob()
    {
        await Waiting.DatasetAsync(silo);
        var first = await silo.Ann.PostAsync("runs", Waiting.Run, "2f1c").ReadAsync(HttpStatusCode.Created);
        var second = await silo.Ann.PostAsync("runs", Waiting.Run, "2f1c").ReadAsync();
        Assert.Equal(first.Text("id"), second.Text("id"));
        var ofBob = await silo.Bob.PostAsync("runs", Waiting.Run, "2f1c").ReadAsync(HttpStatusCode.Created);
        Assert.NotEqual(first.Text("id"), ofBob.Text("id"));
        var without = await silo.Ann.PostAsync("runs", Waiting.Run).ReadAsync(HttpStatusCode.Created);
        Assert.NotEqual(first.Text("id"), without.Text("id"));

        var otherRun = Waiting.Run with { Preset = "tokenizer-smoke" };
        var other = await silo.Ann.PostAsync("runs", otherRun, "2f1c").ReadAsync(HttpStatusCode.Conflict);
        Assert.Equal("conflict", other.Text("code"));
        await silo.Ann.PostAsync("runs", Waiting.Run, new string('x', 201)).ReadAsync(HttpStatusCode.BadRequest);

        // Whoever did not hear the answer has not asked for another attempt.
        await silo.Ann.PostAsync($"runs/{first.Text("id")}/cancel", new { }).ReadAsync();
        Assert.Equal("cancelled", (await silo.Ann.PostAsync("runs", Waiting.Run, "2f1c").ReadAsync()).Text("phase"));
        Assert.Equal("queued", (await silo.Ann.PutAsync($"runs/{first.Text("id")}", Waiting.Run).ReadAsync()).Text("phase"));
    }

    [Fact]
    public async Task Created_SaysWhereItIs()
    {
        await Waiting.DatasetAsync(silo);
        using var created = await silo.Ann.PutAsync("runs/located", Waiting.Run);

        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.Equal("located", (await silo.Ann.GetAsync(created.Headers.Location).ReadAsync()).Text("id"));
    }

    [Fact]
    public async Task Lists_AreReadInPages_WithoutGapsOrRepetitions()
    {
        for (var i = 0; i < 5; i++) await Waiting.StartAsync(silo, silo.Ann, $"listed-{i}");
        await silo.Ann.PostAsync("runs/listed-4/cancel", new { }).ReadAsync();

        var (ids, after) = (new List<string>(), "");
        do
        {
            var page = await silo.Vera.GetAsync($"runs?limit=2{after}").ReadAsync();
            ids.AddRange(page.GetProperty("jobs").EnumerateArray().Select(j => j.Text("id")));
            after = page.GetProperty("next").GetString() is { } next ? $"&after={Uri.EscapeDataString(next)}" : null;
        }
        while (after is not null);

        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.Equal(
            ["listed-4", "listed-3", "listed-2", "listed-1", "listed-0"],
            ids.Where(i => i.StartsWith("listed-", StringComparison.Ordinal)));
        var cancelled = await silo.Vera.GetAsync("jobs?kind=training&phase=cancelled").ReadAsync();
        Assert.Contains(cancelled.GetProperty("jobs").EnumerateArray(), j => j.Text("id") == "listed-4");
        Assert.All(cancelled.GetProperty("jobs").EnumerateArray(), j => Assert.Equal("cancelled", j.Text("phase")));
        var queued = await silo.Vera.GetAsync("runs?phase=queued").ReadAsync();
        Assert.Contains(queued.GetProperty("jobs").EnumerateArray(), j => j.Text("id") == "listed-0");
        Assert.Empty((await silo.Vera.GetAsync("samplings").ReadAsync()).GetProperty("jobs").EnumerateArray());
    }

    [Fact]
    public async Task Lists_WithLabels_HaveOnlyThoseWithAllOfThem()
    {
        await Waiting.DatasetAsync(silo);
        foreach (var (id, round) in new[] { ("labelled-0", "1"), ("labelled-1", "2 = two") })
        {
            var labels = new Dictionary<string, string> { ["project"] = "shoes", ["round"] = round };
            await silo.Ann.PutAsync($"runs/{id}", new { preset = "classifier-smoke", dataset = "waited", scheduling = new { labels } })
                .ReadAsync(HttpStatusCode.Created);
        }

        Assert.Equal(["labelled-1", "labelled-0"], await IdsAsync("jobs?label=project=shoes"));
        Assert.Equal(["labelled-1"], await IdsAsync($"runs?label=project=shoes&label={Uri.EscapeDataString("round=2 = two")}"));
        Assert.Empty(await IdsAsync("jobs?label=project=hats"));
        var problem = await silo.Vera.GetAsync("jobs?label=shoes").ReadAsync(HttpStatusCode.BadRequest);
        Assert.Contains("that is no KEY=VALUE. Write for example label=project=shoes.", problem.Text("detail"));

        async Task<string[]> IdsAsync(string path) =>
            [.. (await silo.Vera.GetAsync(path).ReadAsync()).GetProperty("jobs").EnumerateArray().Select(j => j.Text("id"))];
    }

    [Theory]
    [InlineData("runs/wrong", "{\"preset\":\"pgm-fashoin\",\"dataset\":\"waited\"}", "invalid", "pgm-fashoin")]
    [InlineData("runs/wrong", "{\"preset\":\"classifier-smoke\",\"dataset\":\"nowhere\"}", "invalid", "nowhere")]
    [InlineData("runs/wrong", "{\"preset\":\"classifier-smoke\",\"datset\":\"waited\"}", "http", "datset")]
    [InlineData("runs/wrong", "{\"dataset\":\"waited\"}", "http", "preset")]
    [InlineData("runs/wrong", "{\"preset\":\"classifier-smoke\",\"dataset\":\"waited\",\"seed\":\"1\"}", "http", "seed")]
    [InlineData("runs/-wrong", "{\"preset\":\"classifier-smoke\",\"dataset\":\"waited\"}", "invalid", "Choose such a one")]
    [InlineData("samplings/wrong", "{\"model\":\"nothing\"}", "invalid", "nothing")]
    [InlineData("datasets/wrong", "{\"location\":\"/nowhere\"}", "invalid", "/nowhere")]
    public async Task WhatIsWrong_IsSaidWithWhatToDo(string path, string body, string code, string named)
    {
        await Waiting.DatasetAsync(silo);
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        var problem = await silo.Root.PutAsync(path, content).ReadAsync(HttpStatusCode.BadRequest);

        Assert.Equal(code, problem.Text("code"));
        Assert.Contains(named, problem.Text("detail"));
    }

    [Fact]
    public async Task WhatIsNotDoneYet_IsAConflictThatPasses()
    {
        await Waiting.DatasetAsync(silo);
        await silo.Ann.PutAsync("pulls/none", new { kind = "model", repository = "x" }).ReadAsync(HttpStatusCode.BadRequest);
        await silo.Ann.PutAsync("runs/not-done", Waiting.Run with { Preset = "tokenizer-smoke" }).ReadAsync(HttpStatusCode.Created);

        var early = new { dataset = "waited", tokenizer = "not-done" };
        var problem = await silo.Ann.PutAsync("tokenizations/early", early).ReadAsync(HttpStatusCode.Conflict);

        Assert.Equal("notReady", problem.Text("code"));
    }

    [Fact]
    public async Task ManyJobs_AreDeletedTogether_OrOnlyListed()
    {
        await Waiting.StartAsync(silo, silo.Ann, "old-one");
        await silo.Ann.PostAsync("runs/old-one/cancel", new { }).ReadAsync();

        var listed = await silo.Root.PostAsync("jobs/delete?dryRun=true", new { kind = "training", phase = "cancelled" }).ReadAsync();
        Assert.Contains(listed.EnumerateArray(), v => v.Text("id") == "old-one");
        await silo.Vera.GetAsync("runs/old-one").ReadAsync();

        await silo.Root.PostAsync("jobs/delete", new { kind = "training", phase = "cancelled" }).ReadAsync();
        await silo.Vera.GetAsync("runs/old-one").ReadAsync(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task AWaitingJob_IsWatchedUntilItIsCancelled()
    {
        await Waiting.StartAsync(silo, silo.Ann, "watched");
        var seen = new List<SeenEvent>();
        await foreach (var e in silo.Vera.WatchAsync("jobs/watched/events"))
        {
            seen.Add(e);
            if (seen.Count == 1) await silo.Ann.PostAsync("runs/watched/cancel", new { }).ReadAsync();
        }

        Assert.Equal(("queued", "cancelled"), (seen[0].Phase, seen[^1].Phase));
        var problem = await silo.Vera.GetAsync("runs/nothing/events").ReadAsync(HttpStatusCode.NotFound);
        Assert.Equal("notFound", problem.Text("code"));
    }
}

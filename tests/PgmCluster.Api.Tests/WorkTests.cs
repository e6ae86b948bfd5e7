using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using PgmCluster.TestSupport;

namespace PgmCluster.Api.Tests;

/// <summary>Work from its submission to its result, over HTTP, on a real device.</summary>
public sealed class WorkTests(WorkingSilo silo) : IClassFixture<WorkingSilo>
{
    [Fact]
    public async Task ARun_SubmittedWatchedPausedResumed_MakesItsResult_AndGoes()
    {
        var start = await silo.Ann.PutAsync("datasets/fashion", Waiting.Fashion).ReadAsync();
        Assert.Equal("fashion", start.GetProperty("dataset").Text("name"));
        Assert.Equal(10_000, (await silo.Vera.GetAsync("datasets/fashion").ReadAsync()).GetProperty("images").GetInt32());

        var specification = await silo.Vera.PostAsync("specifications", Run(60)).ReadAsync();
        Assert.Equal("classifier", specification.Text("kind"));
        // The only device is taken meanwhile: what is paused cannot have been done before.
        await silo.Ann.PutAsync("runs/before", Run(1_000_000)).ReadAsync(HttpStatusCode.Created);
        var created = await silo.Ann.PutAsync("runs/first", Run(60)).ReadAsync(HttpStatusCode.Created);
        Assert.Equal("ann", created.Text("owner"));
        await silo.Ann.PostAsync("runs/first/pause", new { }).ReadAsync();
        Assert.Equal("paused", (await silo.Vera.GetAsync("runs/first").ReadAsync()).Text("phase"));
        var early = await silo.Vera.GetAsync("statistics/first").ReadAsync(HttpStatusCode.NotFound);
        Assert.Contains("/api/v1/runs/first", early.Text("detail"));
        await silo.Ann.PostAsync("runs/first/resume", new { }).ReadAsync();
        await silo.Ann.PostAsync("runs/before/cancel", new { }).ReadAsync();

        var seen = await silo.Vera.WatchAsync("runs/first/events").ToListAsync();

        Assert.Equal("completed", seen[^1].Phase);
        Assert.Equal(60, seen[^1].Data.GetProperty("progress").GetProperty("done").GetInt64());
        Assert.All(seen.Zip(seen.Skip(1)), pair => Assert.NotEqual(pair.First.Id, pair.Second.Id));
        Assert.Empty(await silo.Vera.WatchAsync("runs/first/events", seen[^1].Id).ToListAsync());
        Assert.Equal(seen[^1].Id, Assert.Single(await silo.Vera.WatchAsync("runs/first/events", "of another time").ToListAsync()).Id);

        var result = await silo.Vera.GetAsync("runs/first/result").ReadAsync();
        Assert.Equal(60, result.GetProperty("result").GetProperty("steps").GetInt64());
        await ReadsAsync(result.GetProperty("result").GetProperty("weights"));
        Assert.Equal("weights", (await silo.Vera.GetAsync("jobs/first/origin").ReadAsync()).Text("made"));
        var again = await silo.Ann.PutAsync("runs/first", Run(60)).ReadAsync();
        Assert.Equal("completed", again.Text("phase"));
        var other = await silo.Ann.PutAsync("runs/first", Run(61)).ReadAsync(HttpStatusCode.Conflict);
        Assert.Equal("conflict", other.Text("code"));

        await silo.Ann.PutAsync("runs/first/kept", new { }).ReadAsync(HttpStatusCode.NoContent);
        await silo.Ann.DeleteAsync("runs/first").ReadAsync(HttpStatusCode.Conflict);
        await silo.Ann.DeleteAsync("runs/first/kept").ReadAsync(HttpStatusCode.NoContent);
        await silo.Ann.DeleteAsync("runs/first").ReadAsync(HttpStatusCode.NoContent);
        await silo.Vera.GetAsync("runs/first").ReadAsync(HttpStatusCode.NotFound);
        await silo.Root.DeleteAsync("datasets/fashion").ReadAsync(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Workers_AreTheSilosDevices()
    {
        // A silo serves before its devices have said that they are there.
        var workers = await silo.Vera.HasAsync("workers", w => w.GetArrayLength() > 0);
        Assert.Equal("cpu:0", Assert.Single(workers.EnumerateArray()).Text("device"));
    }

    /// <summary>A file that a result names: whole, in parts, and not again.</summary>
    private async Task ReadsAsync(JsonElement artifact)
    {
        var (size, hash) = (artifact.GetProperty("size").GetInt64(), artifact.Text("sha256"));
        var path = $"artifacts/{hash}/{size}/{artifact.Text("name")}";
        var middle = size > (1 << 20) + 10 ? 1 << 20 : size / 2;
        using var whole = await silo.Vera.GetAsync(path);
        var content = await whole.Content.ReadAsByteArrayAsync();
        Assert.Equal((size, hash), (content.Length, Convert.ToHexStringLower(SHA256.HashData(content))));
        Assert.Equal($"\"{hash}\"", whole.Headers.ETag!.Tag);
        Assert.Equal("bytes", Assert.Single(whole.Headers.AcceptRanges));

        foreach (var (range, from, to) in new[]
        {
            ("bytes=0-0", 0, 1), ("bytes=7-1006", 7, 1007), ($"bytes={size - 5}-{size + 5}", size - 5, size), ("bytes=-9", size - 9, size),
            ($"bytes={size - 1}-", size - 1, size),
            // Over the border between what a silo gives at once, where the file is as long.
            ($"bytes={middle - 7}-{middle + 6}", middle - 7, middle + 7),
        })
        {
            using var part = await silo.Vera.SendAsync(Asked(path, ("Range", range)));
            Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
            Assert.Equal($"bytes {from}-{to - 1}/{size}", part.Content.Headers.ContentRange!.ToString());
            Assert.Equal(content[(int)from..(int)to], await part.Content.ReadAsByteArrayAsync());
        }
        using var same = await silo.Vera.SendAsync(Asked(path, ("If-None-Match", $"\"{hash}\"")));
        Assert.Equal((HttpStatusCode.NotModified, 0), (same.StatusCode, (await same.Content.ReadAsByteArrayAsync()).Length));
        using var ofOther = await silo.Vera.SendAsync(Asked(path, ("Range", "bytes=0-0"), ("If-Range", "\"another\"")));
        Assert.Equal((HttpStatusCode.OK, size), (ofOther.StatusCode, ofOther.Content.Headers.ContentLength));
        await silo.Vera.SendAsync(Asked(path, ("Range", $"bytes={size}-"))).ReadAsync(HttpStatusCode.RequestedRangeNotSatisfiable);
        await silo.Vera.GetAsync($"artifacts/{hash}/{size}/runs/first/nothing").ReadAsync(HttpStatusCode.NotFound);
        await silo.Vera.GetAsync($"artifacts/x/{size}/{artifact.Text("name")}").ReadAsync(HttpStatusCode.NotFound);
        Assert.True((int)(await silo.Vera.GetAsync($"artifacts/{hash}/{size + 1}/{artifact.Text("name")}")).StatusCode >= 400);
        Assert.True((int)(await silo.Vera.GetAsync($"artifacts/{hash}/{size}/..%2f..%2fapi-keys.json")).StatusCode is >= 400 and < 500);
    }

    private static HttpRequestMessage Asked(string path, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers) Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        return request;
    }

    private static object Run(int steps) => new
    {
        preset = "classifier-smoke",
        dataset = "fashion",
        seed = 1,
        set = new Dictionary<string, string> { ["training.steps"] = $"{steps}" },
    };
}

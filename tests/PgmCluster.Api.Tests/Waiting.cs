using System.Diagnostics;
using System.Net;
using System.Text.Json;
using PgmCluster.TestSupport;

namespace PgmCluster.Api.Tests;

/// <summary>A run that waits, since its silo has no devices; and waiting for what no answer announces.</summary>
internal static class Waiting
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    /// <summary>A request for it.</summary>
    public static RunRequest Run { get; } = new("classifier-smoke", "waited");

    /// <summary>Registers what it is trained on.</summary>
    public static Task DatasetAsync(ApiSilo silo) => DatasetAsync(silo.Ann);

    /// <summary>The same by whoever may.</summary>
    public static Task DatasetAsync(HttpClient who) => who.PutAsync("datasets/waited", new
    {
        location = Path.Combine(RepositoryRoot.Path, "deploy", "sample-data", "fashion-mnist"),
        validationImages = 1000,
    }).ReadAsync();

    /// <summary>Starts one.</summary>
    public static async Task StartAsync(ApiSilo silo, HttpClient who, string id)
    {
        await DatasetAsync(silo);
        await who.PutAsync($"runs/{id}", Run).ReadAsync(HttpStatusCode.Created);
    }

    public static async Task LogHoldsAsync(this ApiSilo silo, params string[] texts)
    {
        var watch = Stopwatch.StartNew();
        while (texts.Any(t => !silo.ReadLog().Contains(t, StringComparison.Ordinal)))
        {
            Assert.True(watch.Elapsed < s_limit, $"Expected in the log: {string.Join("; ", texts)}. It holds: {silo.ReadLog()}");
            await Task.Delay(50);
        }
    }

    /// <summary>What is answered once it is as expected, or in the end.</summary>
    public static async Task<JsonElement> HasAsync(this HttpClient client, string path, Func<JsonElement, bool> isExpected)
    {
        for (var watch = Stopwatch.StartNew(); ;)
        {
            var answer = await client.GetAsync(path).ReadAsync();
            if (isExpected(answer) || watch.Elapsed > s_limit) return answer;
            await Task.Delay(50);
        }
    }

    /// <summary>Whether the status of "me" becomes what it is to be.</summary>
    public static async Task<bool> BecomesAsync(this HttpClient client, HttpStatusCode expected)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < s_limit;)
        {
            using var answer = await client.GetAsync("me");
            if (answer.StatusCode == expected) return true;
            await Task.Delay(50);
        }
        return false;
    }

    internal sealed record RunRequest(string Preset, string Dataset);
}

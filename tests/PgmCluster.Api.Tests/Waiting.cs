using System.Net;
using System.Text.Json;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Api.Tests;

/// <summary>A run that waits, since its silo has no devices; and waiting for what no answer announces.</summary>
internal static class Waiting
{
    private static readonly TimeSpan s_limit = Until.Limit;

    /// <summary>A request for it.</summary>
    public static RunRequest Run { get; } = new("classifier-smoke", "waited");

    /// <summary>Registers what it is trained on.</summary>
    public static Task DatasetAsync(ApiSilo silo) => DatasetAsync(silo.Ann);

    /// <summary>The same by whoever may.</summary>
    public static Task DatasetAsync(HttpClient who) => who.PutAsync("datasets/waited", Fashion).ReadAsync();

    /// <summary>Images that every clone has.</summary>
    public static object Fashion => new
    {
        location = Path.Combine(RepositoryRoot.Path, "deploy", "sample-data", "fashion-mnist"),
        validationImages = 1000,
    };

    /// <summary>Starts one.</summary>
    public static async Task StartAsync(ApiSilo silo, HttpClient who, string id)
    {
        await DatasetAsync(silo);
        await who.PutAsync($"runs/{id}", Run).ReadAsync(HttpStatusCode.Created);
    }

    /// <summary>The API's document.</summary>
    public static Task<JsonElement> DocumentAsync(this ApiSilo silo) => silo.Nobody.GetAsync("/api/openapi.json").ReadAsync();

    /// <summary>The log is written behind the answers.</summary>
    public static Task LogHoldsAsync(this ApiSilo silo, params string[] texts) => Until.Holds(
        $"the log holds {string.Join("; ", texts)}", () => Task.FromResult(silo.ReadLog()),
        log => texts.All(t => log.Contains(t, StringComparison.Ordinal)), s_limit);

    /// <summary>What is answered once it is as expected.</summary>
    public static Task<JsonElement> HasAsync(this HttpClient client, string path, Func<JsonElement, bool> isExpected) =>
        Until.Holds($"{path} is as expected", () => client.GetAsync(path).ReadAsync(), isExpected, s_limit);

    /// <summary>Waits until the status of "me" is this one.</summary>
    public static Task BecomesAsync(this HttpClient client, HttpStatusCode expected) => Until.Holds(
        $"'me' is answered with {expected}",
        async () =>
        {
            using var answer = await client.GetAsync("me");
            return answer.StatusCode;
        },
        status => status == expected, s_limit);

    internal sealed record RunRequest(string Preset, string Dataset);
}

// dotnet run train.cs -- PICTURES ID FILE.safetensors: trains a small classifier over the HTTP API, follows it, and fetches its weights.
// As train.py beside it, with nothing but .NET 10. PGM_API is the API's address (http://127.0.0.1:8081), PGM_API_KEY a key where one is
// asked for. Programs in C# that may reach the gateway have more with the package PgmCluster.Client.
#:property PublishAot=false
using System.Net;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

if (args is not [var pictures, var run, var file])
{
    Console.Error.WriteLine("train.cs PICTURES ID FILE.safetensors");
    return 2;
}
using var api = new HttpClient { BaseAddress = new Uri((Variable("PGM_API") ?? "http://127.0.0.1:8081") + "/api/v1/") };
if (Variable("PGM_API_KEY") is { } key) api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
try
{
    var registered = await PutAsync($"datasets/{run}-data", new JsonObject { ["location"] = pictures, ["validationImages"] = 1000 });
    if ((string?)registered["job"] is { } job) await FollowAsync($"registrations/{job}", _ => { });
    await PutAsync($"runs/{run}", new JsonObject
    {
        ["preset"] = "classifier-smoke",
        ["dataset"] = $"{run}-data",
        ["set"] = new JsonObject { ["training.steps"] = "40" },
    });
    await FollowAsync($"runs/{run}", state => Console.WriteLine(
        $"{run}: {state["phase"]}, step {state["progress"]!["done"]} of {state["progress"]!["total"]}"));
    var result = (await ReadAsync(await api.GetAsync($"runs/{run}/result")))["result"]!;
    var weights = result["weights"]!;
    var content = await api.GetByteArrayAsync($"artifacts/{weights["sha256"]}/{weights["size"]}/{weights["name"]}");
    if (Convert.ToHexStringLower(SHA256.HashData(content)) != (string)weights["sha256"]!)
        throw new IOException($"{weights["name"]}: other bytes than the run wrote. Fetch it again.");
    await File.WriteAllBytesAsync(file, content);
    Console.WriteLine(FormattableString.Invariant(
        $"loss {(double)result["finalLoss"]!:0.0000}, weights {((string)result["weightsSha256"]!)[..12]}, they are in {file}"));
    return 0;
}
catch (Exception e) when (e is HttpRequestException or IOException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

async Task<JsonNode> PutAsync(string path, JsonObject body) =>
    await ReadAsync(await api.PutAsync(path, new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json")));

// Refusals say in one line what to do.
static async Task<JsonNode> ReadAsync(HttpResponseMessage answer)
{
    var json = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
    return answer.IsSuccessStatusCode ? json : throw new HttpRequestException((string?)json["detail"] ?? answer.ReasonPhrase);
}

// Until it is at rest; where the connection breaks, from the state that was seen last.
async Task FollowAsync(string path, Action<JsonNode> tell)
{
    string? seen = null;
    while (true)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"{path}/events");
            if (seen is not null) request.Headers.Add("Last-Event-ID", seen);
            using var answer = await api.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            if (answer.StatusCode == HttpStatusCode.NoContent) return;
            if (!answer.IsSuccessStatusCode) await ReadAsync(answer);
            await foreach (var item in SseParser.Create(await answer.Content.ReadAsStreamAsync()).EnumerateAsync())
            {
                seen = item.EventId;
                var state = JsonNode.Parse(item.Data)!;
                tell(state);
                if ((string)state["phase"]! is "completed" or "failed" or "cancelled" or "paused" or "parked") return;
            }
        }
        catch (IOException e)
        {
            Console.Error.WriteLine($"again in a second: {e.Message}");
            await Task.Delay(TimeSpan.FromSeconds(1));
        }
    }
}

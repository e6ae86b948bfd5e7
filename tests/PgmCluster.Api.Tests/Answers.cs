using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace PgmCluster.Api.Tests;

/// <summary>What the API answers.</summary>
internal static class Answers
{
    /// <summary>The document of an answer.</summary>
    public static async Task<JsonElement> ReadAsync(this Task<HttpResponseMessage> answer, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var response = await answer;
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(
            response.StatusCode == expected,
            $"{response.RequestMessage!.Method} {response.RequestMessage.RequestUri}: {(int)response.StatusCode}, expected {(int)expected}: {text}");
        if ((int)expected < 400) return text.Length == 0 ? default : JsonElement.Parse(text);
        return Problem(response, text);
    }

    /// <summary>The problem that an answer holds, as it has to be.</summary>
    public static JsonElement Problem(HttpResponseMessage response, string text)
    {
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = JsonElement.Parse(text);
        Assert.Equal((int)response.StatusCode, problem.GetProperty("status").GetInt32());
        Assert.Equal($"urn:pgm:error:{problem.Text("code")}", problem.Text("type"));
        Assert.NotEmpty(problem.Text("title"));
        Assert.DoesNotContain('\n', problem.Text("detail"));
        return problem;
    }

    public static string Text(this JsonElement element, string member) => element.GetProperty(member).GetString()!;

    public static Task<HttpResponseMessage> PutAsync(this HttpClient client, string path, object body) =>
        client.PutAsync(path, JsonContent.Create(body));

    public static Task<HttpResponseMessage> PostAsync(this HttpClient client, string path, object body, string? key = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        return client.SendAsync(request);
    }
}

using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;

namespace PgmCluster.Api.Tests;

/// <summary>One server-sent event.</summary>
internal sealed record SeenEvent(string Id, JsonElement Data)
{
    public string Phase => Data.Text("phase");
}

/// <summary>Reads a stream of server-sent events.</summary>
internal static class EventReader
{
    /// <param name="client">Who watches.</param>
    /// <param name="path">What.</param>
    /// <param name="lastId">The id of the event that was seen last; null for none.</param>
    /// <returns>The events until the stream ends; none where the answer is that there is nothing new.</returns>
    public static async IAsyncEnumerable<SeenEvent> WatchAsync(this HttpClient client, string path, string? lastId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (lastId is not null) request.Headers.Add("Last-Event-ID", lastId);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (response.StatusCode == HttpStatusCode.NoContent) yield break;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        await foreach (var e in SseParser.Create(await response.Content.ReadAsStreamAsync()).EnumerateAsync())
            yield return new SeenEvent(e.EventId!, JsonElement.Parse(e.Data));
    }
}

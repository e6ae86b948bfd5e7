using Microsoft.AspNetCore.Builder;

namespace PgmCluster.Api.Jobs;

/// <summary>A header that a route looks at, for the document.</summary>
/// <param name="Name">The header.</param>
/// <param name="Description">What it is for.</param>
internal sealed record TakenHeader(string Name, string Description);

/// <summary>Headers of routes.</summary>
internal static class RouteTexts
{
    public static TakenHeader IdempotencyKey { get; } = new(
        JobIds.KeyHeader, "1 to 200 visible ASCII characters, such as a UUID. Sent again with the same request, nothing is started twice.");

    public static TakenHeader LastEventId { get; } = new(
        "Last-Event-ID", "The id of the last event that was seen: the stream begins with what has changed since.");

    /// <summary>The route looks at a header.</summary>
    public static TBuilder Takes<TBuilder>(this TBuilder route, TakenHeader header) where TBuilder : IEndpointConventionBuilder
    {
        route.Add(endpoint => endpoint.Metadata.Add(header));
        return route;
    }
}

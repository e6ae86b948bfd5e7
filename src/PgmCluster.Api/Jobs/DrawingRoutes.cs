using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PgmCluster.Api.Callers;
using PgmCluster.Api.Keys;
using PgmCluster.Api.Requests;
using PgmCluster.Contracts.Drawing;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Api.Jobs;

/// <summary>Draws from a run's model while the caller waits.</summary>
internal static class DrawingRoutes
{
    private const string Picture = "image/png";

    /// <summary>Longer than a device needs to load a model, and shorter than proxies wait.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(50);

    /// <summary>The device is somebody's while it draws for them, as with what is submitted.</summary>
    public static DrawingRequest InNameOf(Caller caller, DrawingRequest request) => request with
    {
        Scheduling = Submission.SchedulingOf(caller, request.Scheduling ?? new Scheduling { Priority = DrawingRequest.LowestPriority }),
    };

    public static void Map(RouteGroupBuilder runs, IGrainFactory grains) => runs.MapPost("/{id}/draw", async (HttpContext context, string id) =>
    {
        var request = await RequestBodies.ReadAsync<DrawingRequest>(context);
        await JobIds.RequireAsync(grains, JobKind.Training, id);
        var answer = await grains.GetGrain<IDrawingGrain>(id).DrawAsync(
            InNameOf(Caller.Of(context), request), s_patience, context.RequestAborted);
        return context.Request.Headers.Accept.Any(a => a?.StartsWith(Picture, StringComparison.OrdinalIgnoreCase) == true)
            && answer.Pictures is [{ } only]
            ? Results.Bytes(only.Png, Picture)
            : TypedResults.Ok(answer);
    }).For(ApiRole.Submitter).Accepts<DrawingRequest>("application/json").Produces<DrawingAnswer>()
        .WithName("Draw").WithSummary("Draws a few pictures from a run's model, which stays loaded on a device for a while")
        .WithDescription(
            "The same request gives the same pictures, whoever else draws. Where no device is free in time the answer is 503, and says for "
            + "what is waited. One picture comes as PNG where 'Accept: image/png' asks for it.");
}

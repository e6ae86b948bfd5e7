using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PgmCluster.Api.Callers;
using PgmCluster.Api.Keys;
using PgmCluster.Contracts.Devices;

namespace PgmCluster.Api.Resources;

/// <summary>The devices, and what waits for them.</summary>
internal static class ClusterRoutes
{
    public static void Map(RouteGroupBuilder api, IGrainFactory grains)
    {
        api.MapGet("/me", (HttpContext context) => TypedResults.Ok(CallerView.Of(Caller.Of(context))))
            .For(ApiRole.Viewer).WithTags("Cluster").WithName("GetCaller").WithSummary("Who the caller is, and what role they have");
        api.MapGet("/workers", async () => TypedResults.Ok(await grains.GetGrain<IDevicesGrain>("default").GetDevices()))
            .For(ApiRole.Viewer).WithTags("Cluster").WithName("ListWorkers")
            .WithSummary("Every device that has a live silo, whether idle, working or out of order");
        api.MapGet("/queue", async () => TypedResults.Ok(await grains.GetGrain<IDevicesGrain>("default").GetQueue()))
            .For(ApiRole.Viewer).WithTags("Cluster").WithName("ListQueue")
            .WithSummary("Everything that waits for a device, and why, or runs, by time of submission");
    }
}

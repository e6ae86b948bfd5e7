using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PgmCluster.Api.Callers;
using PgmCluster.Api.Keys;
using PgmCluster.Contracts.Catalog;

namespace PgmCluster.Dashboard.Runs;

/// <summary>The grids of a run as pictures.</summary>
internal static class GridRoutes
{
    /// <summary>Where the one after a step is. Browsers keep it: a run that was deleted and submitted anew has another address.</summary>
    public static string Path(string runId, DateTimeOffset createdAt, long step) => $"/grids/{runId}/{step}.png?of={createdAt.UtcTicks:x}";

    public static void Map(IEndpointRouteBuilder routes, IRunFiles files) => routes.MapGet(
        "/grids/{run}/{step:long}.png", async (HttpContext context, string run, long step) =>
        {
            if (step < 0 || !JobNames.CanBe(run) || await files.OpenGridAsync(run, step, context.RequestAborted) is not { } grid)
                return Results.NotFound();
            context.Response.Headers.CacheControl = "private, max-age=3600";
            return Results.Stream(grid, "image/png");
        }).For(ApiRole.Viewer).ExcludeFromDescription();
}

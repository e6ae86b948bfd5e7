using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Orleans;
using PgmCluster.Api.Callers;
using PgmCluster.Api.Keys;
using PgmCluster.Api.Resources;
using PgmCluster.Contracts.Artifacts;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Dashboard.Outcomes;

/// <summary>Pictures of the artifact store, as results name them.</summary>
internal static class PictureRoutes
{
    private const string Ending = ".png";

    /// <summary>Where one is. Its bytes never change: browsers keep it.</summary>
    public static string Path(ArtifactReference picture) =>
        $"/pictures/{picture.Sha256}/{picture.Size}/{string.Join('/', picture.Name.Split('/').Select(Uri.EscapeDataString))}";

    public static void Map(IEndpointRouteBuilder routes, IGrainFactory grains) => routes.MapGet(
        "/pictures/{sha256}/{size}/{**name}", async (HttpContext context, string sha256, string size, string name) =>
        {
            if (!name.EndsWith(Ending, StringComparison.Ordinal))
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return;
            }
            try
            {
                await ArtifactRoutes.SendAsync(
                    context, grains.GetGrain<IArtifactsGrain>("default"), ArtifactRoutes.ReferenceOf(sha256, size, name));
            }
            catch (PgmException e) when (!context.Response.HasStarted)
            {
                // That it is another file by now is the same for who looks: what the result names is not there.
                context.Response.StatusCode = e.Code == PgmErrorCode.Unavailable
                    ? StatusCodes.Status503ServiceUnavailable
                    : StatusCodes.Status404NotFound;
            }
        }).For(ApiRole.Viewer).ExcludeFromDescription();
}

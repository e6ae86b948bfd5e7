using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PgmCluster.Api.Callers;
using PgmCluster.Api.Keys;
using PgmCluster.Api.Requests;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Api.Jobs;

/// <summary>Submits jobs of a kind, and shows what they made.</summary>
internal static class SubmissionRoutes
{
    public static void Map<TGrain, TRequest, TResult>(
        RouteGroupBuilder group, IGrainFactory grains, Submitted<TGrain, TRequest, TResult> kind)
        where TGrain : IJobGrain
        where TRequest : class, IScheduledRequest
    {
        var noun = $"{kind.Kind}";
        group.MapPost("", async (HttpContext context) =>
        {
            var (id, isKeyed) = JobIds.Make(context, Caller.Of(context), kind.Kind);
            return await SubmitAsync(context, grains, kind, id, isKeyed);
        }).For(ApiRole.Submitter).Accepts<TRequest>("application/json").WithName($"Submit{noun}")
            .WithSummary($"Submits a {noun.ToLowerInvariant()} job under an id that is made for it")
            .WithDescription(
                "With an Idempotency-Key the same key of the same caller means the same job: it is answered as it is, and started once.")
            .Produces<JobView>(StatusCodes.Status201Created).Produces<JobView>()
            .Takes(RouteTexts.IdempotencyKey);
        group.MapPut("/{id}", (HttpContext context, string id) =>
        {
            JobNames.Check(id);
            return SubmitAsync(context, grains, kind, id, isKeyed: false);
        }).For(ApiRole.Submitter).Accepts<TRequest>("application/json").WithName($"Put{noun}")
            .WithSummary($"Submits a {noun.ToLowerInvariant()} job under an id of the caller's choice")
            .WithDescription(
                "The same request again answers the job as it is; a failed or cancelled one is queued again from where it was. Another "
                + "request under the id is refused (409).")
            .Produces<JobView>(StatusCodes.Status201Created).Produces<JobView>();
        group.MapGet("/{id}/result", async (string id) =>
        {
            await JobIds.RequireAsync(grains, kind.Kind, id);
            return TypedResults.Ok(await kind.Result(grains.GetGrain<TGrain>(id)));
        }).For(ApiRole.Viewer).WithName($"Get{noun}Result").WithSummary($"What a completed {noun.ToLowerInvariant()} job made");
    }

    private static async Task<IResult> SubmitAsync<TGrain, TRequest, TResult>(
        HttpContext context, IGrainFactory grains, Submitted<TGrain, TRequest, TResult> kind, string id, bool isKeyed)
        where TGrain : IJobGrain
        where TRequest : class, IScheduledRequest
    {
        var request = await RequestBodies.ReadAsync<TRequest>(context);
        var (view, isNew) = await Submission.SubmitAsync(grains, kind, Caller.Of(context), id, request, isKeyed);
        return isNew ? TypedResults.Created($"/api/v1/{KindPaths.Of(kind.Kind)}/{id}", view) : TypedResults.Ok(view);
    }
}

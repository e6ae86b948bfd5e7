using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PgmCluster.Api.Callers;
using PgmCluster.Api.Keys;
using PgmCluster.Api.Requests;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;
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
        var (caller, catalog) = (Caller.Of(context), grains.GetGrain<ICatalogGrain>(JobIds.Catalog));
        var entry = await catalog.Find(id);
        if (entry is not null) caller.RequireOwn($"Starting '{id}'", entry.Owner);
        var job = grains.GetGrain<TGrain>(id);
        // Sent again by somebody who did not hear the answer, who did not ask for another attempt at what has failed meanwhile.
        if (isKeyed && entry is { Phase: JobPhase.Failed or JobPhase.Cancelled })
            return TypedResults.Ok(JobView.Of(await job.GetStatus(), entry));
        var status = await kind.Start(job, kind.Queued(request, SchedulingOf(caller, request.Scheduling)));
        var made = await catalog.Find(id);
        // Somebody else may have been first while this request was planned.
        if (made is not null) caller.RequireOwn($"Starting '{id}'", made.Owner);
        var view = JobView.Of(status, made);
        return entry is not null ? TypedResults.Ok(view) : TypedResults.Created($"/api/v1/{KindPaths.Of(kind.Kind)}/{id}", view);
    }

    /// <summary>What somebody submits is theirs; an admin, and who is alone on a machine, may say whose it is.</summary>
    private static Scheduling SchedulingOf(Caller caller, Scheduling? asked)
    {
        var user = asked is { User.Length: > 0 } ? asked.User : caller.Name;
        if (user != caller.Name && caller.Role != ApiRole.Admin)
            throw new PgmException(
                $"Submitting for '{ForeignText.Of(user)}': '{caller.Name}' is no admin. Leave out scheduling.user, or use an admin's key.")
            { Code = PgmErrorCode.Denied };
        return (asked ?? new Scheduling()) with { User = user };
    }
}

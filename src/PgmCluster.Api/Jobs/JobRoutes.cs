using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using PgmCluster.Api.Callers;
using PgmCluster.Api.Events;
using PgmCluster.Api.Keys;
using PgmCluster.Api.Requests;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Kinds;

namespace PgmCluster.Api.Jobs;

/// <summary>What there is for jobs of every kind: list, show, watch, cancel, pause, resume, keep, delete.</summary>
internal static class JobRoutes
{
    /// <param name="group">The kind's path.</param>
    /// <param name="grains">The cluster.</param>
    /// <param name="kind">Of the jobs; null for all.</param>
    /// <param name="stopping">The silo ends: streams end with it.</param>
    public static void Map(RouteGroupBuilder group, IGrainFactory grains, JobKind? kind, CancellationToken stopping)
    {
        var (noun, word) = kind is { } one ? ($"{one}", $"{one} job".ToLowerInvariant()) : ("Job", "job");
        MapList(group, grains, kind, noun, word);
        group.MapGet("/{id}", async (string id) =>
        {
            var entry = await JobIds.RequireAsync(grains, kind, id);
            return TypedResults.Ok(JobView.Of(await Grain(grains, entry).GetStatus(), entry));
        }).For(ApiRole.Viewer).WithName($"Get{noun}").WithSummary($"Shows a {word}");
        group.MapGet("/{id}/origin", async (string id) =>
            TypedResults.Ok(await Grain(grains, await JobIds.RequireAsync(grains, kind, id)).GetOrigin()))
            .For(ApiRole.Viewer).WithName($"Get{noun}Origin").WithSummary($"What a {word} made and what it was made from, each by hash");
        group.MapGet("/{id}/uses", async (string id) =>
        {
            await JobIds.RequireAsync(grains, kind, id);
            return TypedResults.Ok<IReadOnlyList<JobView>>(
                [.. (await grains.GetGrain<ICatalogGrain>(JobIds.Catalog).ListMadeFrom(id)).Select(e => JobView.Of(e))]);
        }).For(ApiRole.Viewer).WithName($"Get{noun}Uses").WithSummary($"Jobs that were made from a {word}, those submitted last first");
        group.MapGet("/{id}/events", async (HttpContext context, string id) =>
        {
            var entry = await JobIds.RequireAsync(grains, kind, id);
            await JobEventStream.SendAsync(context, Grain(grains, entry), stopping);
        }).For(ApiRole.Viewer).WithName($"Watch{noun}").WithSummary($"The changes of a {word}, as server-sent events")
            .WithDescription(
                "Each event is the whole state, so that one that was missed is made up for by the next; the present one comes first, "
                + "unless it is the one of Last-Event-ID. The stream ends with the event of a job at rest, and is 204 where that was seen.")
            .Produces<JobEvent>(StatusCodes.Status200OK, "text/event-stream").Produces(StatusCodes.Status204NoContent)
            .Takes(RouteTexts.LastEventId);
        MapChanges(group, grains, kind, noun, word);
    }

    /// <summary>The job of an entry.</summary>
    private static IJobGrain Grain(IGrainFactory grains, CatalogEntry entry) => grains.GetJob(entry.JobKind!.Value, entry.Name);

    /// <summary>A change of a job that is the caller's.</summary>
    /// <param name="attempt">As in "Cancelling".</param>
    public static async Task<CatalogEntry> RequireOwnAsync(
        HttpContext context, IGrainFactory grains, JobKind? kind, string id, string attempt)
    {
        var entry = await JobIds.RequireAsync(grains, kind, id);
        Caller.Of(context).RequireOwn($"{attempt} '{id}'", entry.Owner);
        return entry;
    }

    private static void MapList(RouteGroupBuilder group, IGrainFactory grains, JobKind? kind, string noun, string word)
    {
        var list = kind is null
            ? group.MapGet("", (HttpContext context, string? kind, string? phase, string[]? label, string? limit, string? after) =>
                ListAsync(context, Words.Read<JobKind>("kind", kind), phase, label, limit, after))
            : group.MapGet("", (HttpContext context, string? phase, string[]? label, string? limit, string? after) =>
                ListAsync(context, kind, phase, label, limit, after));
        list.For(ApiRole.Viewer).WithName(kind is null ? "ListJobs" : $"List{noun}Jobs")
            .WithSummary($"Lists {word}s, those created last first")
            .WithDescription(
                $"'phase' is one of {Words.All<JobPhase>()}; {(kind is null ? $"'kind' one of {Words.All<JobKind>()}; " : "")}"
                + $"{Labels.Words}; 'limit' {Limits.Words}; 'after' is 'next' of the page before.");

        async Task<Ok<JobPage>> ListAsync(
            HttpContext context, JobKind? of, string? phase, string[]? label, string? limit, string? after) =>
            TypedResults.Ok(await JobListing.ReadAsync(
                grains, of, Words.Read<JobPhase>("phase", phase), Labels.Read(label), Limits.Read(limit), after, context.RequestAborted));
    }

    private static void MapChanges(RouteGroupBuilder group, IGrainFactory grains, JobKind? kind, string noun, string word)
    {
        Change("cancel", "Cancelling", job => job.Cancel()).WithName($"Cancel{noun}").WithSummary($"Stops a {word} for good")
            .WithDescription("One that has ended stays as it is.");
        Change("pause", "Pausing", job => job.Pause()).WithName($"Pause{noun}").WithSummary($"Stops a {word} until it is resumed")
            .WithDescription("Its devices are free meanwhile, and what is done is kept: a run stops after the present step, with a checkpoint.");
        Change("resume", "Resuming", job => job.Resume()).WithName($"Resume{noun}").WithSummary($"Queues a paused or parked {word} again");
        group.MapPut("/{id}/kept", (HttpContext context, string id) => KeepAsync(context, id, true))
            .For(ApiRole.Submitter).WithName($"Keep{noun}").WithSummary($"Keeps a {word}, whatever the rules of retention say");
        group.MapDelete("/{id}/kept", (HttpContext context, string id) => KeepAsync(context, id, false))
            .For(ApiRole.Submitter).WithName($"Release{noun}").WithSummary($"Takes back that a {word} is kept");
        group.MapDelete("/{id}", async (HttpContext context, string id) =>
        {
            await RequireOwnAsync(context, grains, kind, id, "Deleting");
            await grains.GetGrain<IJobRetentionGrain>("jobs").Delete(id);
            return TypedResults.NoContent();
        }).For(ApiRole.Submitter).WithName($"Delete{noun}").WithSummary($"Deletes a {word} at rest that nothing refers to")
            .WithDescription("Its files go with the next collection of the store. Its id is not used again.");

        RouteHandlerBuilder Change(string path, string attempt, Func<IJobGrain, Task<JobStatus>> act) =>
            group.MapPost($"/{{id}}/{path}", async (HttpContext context, string id) =>
            {
                var entry = await RequireOwnAsync(context, grains, kind, id, attempt);
                return TypedResults.Ok(JobView.Of(await act(Grain(grains, entry)), entry));
            }).For(ApiRole.Submitter);

        async Task<NoContent> KeepAsync(HttpContext context, string id, bool kept)
        {
            await RequireOwnAsync(context, grains, kind, id, kept ? "Keeping" : "Releasing");
            await grains.GetGrain<IJobRetentionGrain>("jobs").Keep(id, kept);
            return TypedResults.NoContent();
        }
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PgmCluster.Api.Callers;
using PgmCluster.Api.Keys;
using PgmCluster.Api.Requests;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;

namespace PgmCluster.Api.Jobs;

/// <summary>The kinds of jobs, each at a path of its own, and what only one of them has.</summary>
internal static class KindRoutes
{
    public static void Map(RouteGroupBuilder api, IGrainFactory grains, CancellationToken stopping)
    {
        MapTraining(MapKind(SubmittedKinds.Training, "Training runs"));
        MapTokenization(MapKind(SubmittedKinds.Tokenization, "Tokenizations"));
        MapKind(SubmittedKinds.Sampling, "Samplings");
        MapKind(SubmittedKinds.Evaluation, "Evaluations");
        MapKind(SubmittedKinds.Statistics, "Reference statistics");
        MapKind(SubmittedKinds.Likelihood, "Likelihoods");
        MapKind(SubmittedKinds.Pull, "Pulls from the Hub");
        Group(JobKind.Registration, "Registrations of datasets");
        var jobs = api.MapGroup("/jobs").WithTags("Jobs of all kinds");
        JobRoutes.Map(jobs, grains, null, stopping);
        MapDeletions(jobs);

        RouteGroupBuilder Group(JobKind kind, string tag)
        {
            var group = api.MapGroup($"/{KindPaths.Of(kind)}").WithTags(tag);
            JobRoutes.Map(group, grains, kind, stopping);
            return group;
        }

        RouteGroupBuilder MapKind<TGrain, TRequest, TResult>(Submitted<TGrain, TRequest, TResult> kind, string tag)
            where TGrain : IJobGrain
            where TRequest : class, IScheduledRequest
        {
            var group = Group(kind.Kind, tag);
            SubmissionRoutes.Map(group, grains, kind);
            return group;
        }

        void MapTraining(RouteGroupBuilder group)
        {
            group.MapPost("/{id}/resize", async (HttpContext context, string id) =>
            {
                var size = await RequestBodies.ReadAsync<GangSize>(context);
                var entry = await JobRoutes.RequireOwnAsync(context, grains, JobKind.Training, id, "Resizing");
                return TypedResults.Ok(JobView.Of(await grains.GetGrain<ITrainingRunGrain>(id).Resize(size.MinWorkers, size.MaxWorkers), entry));
            }).For(ApiRole.Submitter).Accepts<GangSize>("application/json").WithName("ResizeTraining")
                .WithSummary("Gives a training run another number of devices")
                .WithDescription("Those at work stop after their step, with a checkpoint, and it goes on with others; no result depends on it.");
            DrawingRoutes.Map(group, grains);
            api.MapPost("/specifications", async (HttpContext context) =>
            {
                var request = await RequestBodies.ReadAsync<TrainingRequest>(context);
                return TypedResults.Ok(await grains.GetGrain<ITrainingRunGrain>("asked").Resolve(request));
            }).For(ApiRole.Viewer).WithTags("Training runs").Accepts<TrainingRequest>("application/json").WithName("ResolveTraining")
                .WithSummary("The complete specification that a request for a run means; starts and records nothing");
        }

        void MapTokenization(RouteGroupBuilder group)
        {
            group.MapGet("/{id}/estimate", async (string id) =>
            {
                await JobIds.RequireAsync(grains, JobKind.Tokenization, id);
                return await grains.GetGrain<ITokenizationJobGrain>(id).GetEstimate() is { } estimate
                    ? (IResult)TypedResults.Ok(estimate)
                    : TypedResults.NoContent();
            }).For(ApiRole.Viewer).WithName("GetTokenizationEstimate")
                .Produces<TokenizationEstimate>().Produces(StatusCodes.Status204NoContent)
                .WithSummary("What a tokenization was going to take, as estimated when it was started; 204 where that was not recorded");
            group.MapGet("/{id}/dataset", async (string id) =>
            {
                await JobIds.RequireAsync(grains, JobKind.Tokenization, id);
                return TypedResults.Ok(await grains.GetGrain<ITokenizationJobGrain>(id).GetDataset());
            }).For(ApiRole.Viewer).WithName("GetTokenizationDataset")
                .WithSummary("The dataset that the tokens were made from, as it was then");
        }

        void MapDeletions(RouteGroupBuilder group) => group.MapPost("/delete", async (HttpContext context, string? dryRun) =>
        {
            var selection = await RequestBodies.ReadAsync<JobSelection>(context);
            var verdicts = new List<JobVerdict>();
            var parts = grains.GetGrain<IJobRetentionGrain>("jobs").DeleteMany(
                selection, Flags.Read("dryRun", dryRun), context.RequestAborted);
            await foreach (var part in parts.WithCancellation(context.RequestAborted)) verdicts.AddRange(part);
            return TypedResults.Ok(verdicts);
        }).For(ApiRole.Admin).Accepts<JobSelection>("application/json").WithName("DeleteJobs")
            .WithSummary("Deletes many jobs at rest, those created last first, and says what became of each")
            .WithDescription("With 'dryRun=true' nothing is deleted, and it says what would be; 'olderThan' is days.hours:minutes:seconds");
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PgmCluster.Api.Callers;
using PgmCluster.Api.Keys;
using PgmCluster.Api.Requests;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Api.Resources;

/// <summary>Datasets by their names.</summary>
internal static class DatasetRoutes
{
    private const string Catalog = "datasets";

    public static void Map(RouteGroupBuilder api, IGrainFactory grains)
    {
        var group = api.MapGroup("/datasets").WithTags("Datasets");
        group.MapGet("", async (string? limit, string? after) =>
        {
            var page = await grains.GetGrain<ICatalogGrain>(Catalog).Page(
                new CatalogQuery { Limit = Limits.Read(limit), After = after });
            return TypedResults.Ok(
                new DatasetPage([.. page.Entries.Select(e => new DatasetLine(e.Name, e.Summary, e.CreatedAt))], page.Next));
        }).For(ApiRole.Viewer).WithName("ListDatasets").WithSummary("Lists datasets, those registered last first")
            .WithDescription(
                $"'limit' is {Limits.Words}; 'after' is 'next' of the page before.");
        group.MapGet("/{name}", async (string name) => TypedResults.Ok(await Dataset(name).Get()))
            .For(ApiRole.Viewer).WithName("GetDataset").WithSummary("Shows a dataset: classes, splits, sizes, hash");
        group.MapPut("/{name}", async (HttpContext context, string name) =>
        {
            var request = await RequestBodies.ReadAsync<DatasetRequest>(context);
            DatasetNames.Check(name);
            var start = await grains.GetGrain<IDatasetGrain>(name).StartRegistration(request);
            return start.Job is { } job
                ? TypedResults.Accepted($"/api/v1/registrations/{job}", start)
                : (IResult)TypedResults.Ok(start);
        }).For(ApiRole.Submitter).Accepts<DatasetRequest>("application/json").WithName("PutDataset")
            .WithSummary("Registers images that the silos can read, or another version of them")
            .WithDescription("200 where it was done at once; 202 where a registration job reads them, which can be watched.")
            .Produces<RegistrationStart>().Produces<RegistrationStart>(StatusCodes.Status202Accepted);
        group.MapDelete("/{name}", async (string name) =>
        {
            await Dataset(name).Remove();
            return TypedResults.NoContent();
        }).For(ApiRole.Admin).WithName("DeleteDataset")
            .WithSummary("Forgets a dataset; what was made from it stays, and its files are not touched");
        group.MapPost("/{name}/sheet", async (string name) => TypedResults.Ok(await Dataset(name).DrawSheet()))
            .For(ApiRole.Submitter).WithName("DrawDatasetSheet")
            .WithSummary("Draws a dataset at a glance, as PNG: pictures of each class, how many, how large; says what it is stored as");

        IDatasetGrain Dataset(string name) => DatasetNames.CanBe(name)
            ? grains.GetGrain<IDatasetGrain>(name)
            : throw new NotFoundException(
                $"Looking for dataset '{ForeignText.Of(name)}': there is none. GET /api/v1/datasets lists what there is.");
    }
}

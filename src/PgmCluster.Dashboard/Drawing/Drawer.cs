using Orleans;
using PgmCluster.Api.Jobs;
using PgmCluster.Contracts.Drawing;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;
using PgmCluster.Dashboard.Access;

namespace PgmCluster.Dashboard.Drawing;

/// <summary>Draws for who looks at a page, by the rules of the API.</summary>
internal sealed class Drawer(IGrainFactory grains, PageCaller caller)
{
    /// <summary>How long somebody at a page waits for a device.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    /// <summary>What can be drawn from a run.</summary>
    /// <exception cref="PgmException">There is no such run, or it draws no pictures.</exception>
    public async Task<DrawableModel> ReadAsync(string run)
    {
        await caller.RequireAsync();
        await JobIds.RequireAsync(grains, Contracts.Jobs.JobKind.Training, run);
        var details = await grains.GetGrain<ITrainingRunGrain>(run).GetDetails();
        if (details.Request.Tokens is not { } tokens)
            throw new InvalidRequestException($"Drawing from run '{run}': it is a {details.Kind}, and draws no pictures. Choose a run on tokens.");
        var dataset = await grains.GetGrain<ITokenizationJobGrain>(tokens).GetDataset();
        var trained = dataset.TrainingImagesByClass;
        return new DrawableModel(
            dataset.ClassNames, [.. Enumerable.Range(0, dataset.ClassNames.Count).Where(c => trained is null || trained[c] > 0)]);
    }

    /// <summary>Draws.</summary>
    /// <returns>An answer with pictures.</returns>
    /// <exception cref="PgmException">They cannot be drawn, or no device was free in time.</exception>
    public async Task<DrawingAnswer> DrawAsync(string run, DrawingRequest request, CancellationToken cancellation)
    {
        var user = await caller.RequireMaySubmitAsync($"Drawing from run '{run}'");
        caller.ActAs(user);
        return await grains.GetGrain<IDrawingGrain>(run).DrawAsync(DrawingRoutes.InNameOf(user, request), s_patience, cancellation);
    }
}

using Orleans;
using PgmCluster.Api.Jobs;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Devices;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Kinds;
using PgmCluster.Contracts.Training;
using PgmCluster.Dashboard.Access;

namespace PgmCluster.Dashboard.Reading;

/// <summary>What pages show of the cluster, for those who may look.</summary>
internal sealed class ClusterReader(IGrainFactory grains, PageCaller caller)
{
    /// <summary>Who looks may.</summary>
    /// <exception cref="Contracts.Errors.PgmException">They may not any more.</exception>
    public Task RequireAsync() => caller.RequireAsync();

    /// <summary>Some jobs, those created last first.</summary>
    public async Task<JobPage> ListAsync(
        JobKind? kind, JobPhase? phase, IReadOnlyDictionary<string, string>? labels, int limit, string? after,
        CancellationToken cancellation)
    {
        await caller.RequireAsync();
        return await JobListing.ReadAsync(grains, kind, phase, labels, limit, after, cancellation);
    }

    /// <summary>One job; null where there is none of that id.</summary>
    public async Task<JobView?> FindAsync(string id)
    {
        await caller.RequireAsync();
        try
        {
            var entry = await JobIds.RequireAsync(grains, null, id);
            return JobView.Of(await grains.GetJob(entry.JobKind!.Value, id).GetStatus(), entry);
        }
        catch (Contracts.Errors.NotFoundException)
        {
            return null;
        }
    }

    /// <summary>Ids of the jobs that were made from one, those submitted last first.</summary>
    public async Task<IReadOnlyList<string>> UsesAsync(string id)
    {
        await caller.RequireAsync();
        return [.. (await grains.GetGrain<ICatalogGrain>(JobIds.Catalog).ListMadeFrom(id)).Select(e => e.Name)];
    }

    /// <summary>A training run in full.</summary>
    public async Task<TrainingDetails> DetailsAsync(string id)
    {
        await caller.RequireAsync();
        return await grains.GetGrain<ITrainingRunGrain>(id).GetDetails();
    }

    /// <summary>Ids of training runs, those submitted last first.</summary>
    public async Task<IReadOnlyList<string>> TrainingIdsAsync(int limit)
    {
        await caller.RequireAsync();
        var page = await grains.GetGrain<ICatalogGrain>(JobIds.Catalog).Page(new CatalogQuery { Kind = JobKind.Training, Limit = limit });
        return [.. page.Entries.Select(e => e.Name)];
    }

    /// <summary>Every device that has a live silo.</summary>
    public async Task<IReadOnlyList<DeviceInfo>> DevicesAsync()
    {
        await caller.RequireAsync();
        return await grains.GetGrain<IDevicesGrain>("default").GetDevices();
    }

    /// <summary>Everything that waits or runs.</summary>
    public async Task<IReadOnlyList<QueuedWork>> QueueAsync()
    {
        await caller.RequireAsync();
        return await grains.GetGrain<IDevicesGrain>("default").GetQueue();
    }
}

using Orleans;
using PgmCluster.Api.Jobs;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Kinds;
using PgmCluster.Dashboard.Access;

namespace PgmCluster.Dashboard.Reading;

/// <summary>What pages change in the cluster, in the name of who looks at them.</summary>
internal sealed class JobActions(IGrainFactory grains, PageCaller caller)
{
    /// <summary>Stops a job for good.</summary>
    public Task CancelAsync(string id) => ChangeAsync("Cancelling", id, job => job.Cancel());

    /// <summary>Stops a job until it is resumed.</summary>
    public Task PauseAsync(string id) => ChangeAsync("Pausing", id, job => job.Pause());

    /// <summary>Queues a paused or parked job again.</summary>
    public Task ResumeAsync(string id) => ChangeAsync("Resuming", id, job => job.Resume());

    private async Task ChangeAsync(string attempt, string id, Func<IJobGrain, Task> act)
    {
        var entry = await JobIds.RequireAsync(grains, null, id);
        caller.ActAs(await caller.RequireMayChangeAsync($"{attempt} '{id}'", entry.Owner));
        await act(grains.GetJob(entry.JobKind!.Value, id));
    }
}

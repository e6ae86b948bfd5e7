using System.Collections.Concurrent;
using PgmCluster.Contracts.Devices;

namespace PgmCluster.Grains.Tests.Support;

/// <inheritdoc cref="IGangOwnerProbe"/>
public sealed class GangOwnerProbe : Grain, IGangOwnerProbe
{
    private readonly ConcurrentQueue<WorkReport> _reports = new();

    public async Task<WorkAssignment> Submit(string workId, long generation, int min, int max, int priority)
    {
        var work = new WorkAssignment
        {
            WorkId = workId,
            Generation = generation,
            Kind = "fake",
            Document = workId,
            Owner = this.AsReference<IWorkOwner>(),
            MinWorkers = min,
            MaxWorkers = max,
            Priority = priority,
        };
        await GrainFactory.GetGrain<IDeviceSchedulerGrain>("default").Submit(work);
        return work;
    }

    public Task<bool> Report(WorkReport report)
    {
        if (report.State != WorkState.Running) _reports.Enqueue(report);
        return Task.FromResult(true);
    }

    public Task<IReadOnlyList<WorkReport>> Reports() => Task.FromResult<IReadOnlyList<WorkReport>>([.. _reports]);
}

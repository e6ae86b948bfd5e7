using System.Collections.Concurrent;
using PgmCluster.Grains.Protocol;

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

    /// <summary>Owners, by their keys, that take no news of work that has ended before this is done.</summary>
    public static ConcurrentDictionary<string, Task> Busy { get; } = new();

    public async Task<bool> Report(WorkReport report)
    {
        if (report.State == WorkState.Running) return true;
        if (Busy.TryGetValue(this.GetPrimaryKeyString(), out var busy)) await busy;
        _reports.Enqueue(report);
        return true;
    }

    public Task<IReadOnlyList<WorkReport>> Reports() => Task.FromResult<IReadOnlyList<WorkReport>>([.. _reports]);
}

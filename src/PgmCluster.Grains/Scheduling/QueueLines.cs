using PgmCluster.Contracts.Devices;
using PgmCluster.Grains.Scheduling.Rows;

namespace PgmCluster.Grains.Scheduling;

/// <summary>The queue as people and owners see it.</summary>
internal static class QueueLines
{
    /// <param name="queue">Where it stands.</param>
    /// <param name="work">Of the queue.</param>
    /// <param name="plan">With reasons.</param>
    public static QueuedWork Describe(this WorkQueue queue, ScheduledWork work, PlacementPlan plan)
    {
        var leases = queue.LeasesOf(work).OrderBy(l => l.Number).ToList();
        return new QueuedWork
        {
            WorkId = work.WorkId,
            Generation = work.Generation,
            Worker = leases.FirstOrDefault()?.Worker,
            Workers = [.. leases.Select(l => l.Worker)],
            Reason = plan.Reasons.GetValueOrDefault(work.WorkId),
            SubmittedAt = work.SubmittedAt,
            Kind = work.Kind,
            User = work.User,
            Priority = work.Priority,
            MinWorkers = work.MinWorkers,
            MaxWorkers = work.MaxWorkers,
            WaitingSince = leases.Count > 0 ? null : work.Waits,
        };
    }

    /// <summary>Work that has left the queue and is being stopped; null where there is none.</summary>
    public static QueuedWork? DescribeStopping(this WorkQueue queue, string workId)
    {
        var leases = queue.LeasesOf(workId);
        return leases.MaxBy(l => l.Generation) is not { } stopping ? null : new QueuedWork
        {
            WorkId = workId,
            Generation = stopping.Generation,
            Worker = stopping.Worker,
            Workers = [.. leases.Select(l => l.Worker)],
            Reason = "is being stopped",
            SubmittedAt = stopping.Since,
            User = stopping.User,
        };
    }
}

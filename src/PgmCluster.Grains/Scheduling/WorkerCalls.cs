using PgmCluster.Contracts.Devices;
using PgmCluster.Grains.Scheduling.Rows;

namespace PgmCluster.Grains.Scheduling;

/// <summary>
/// The scheduler's calls to workers and owners. None is awaited in its turns; what a call comes to is news to the scheduler, in a turn of
/// its own.
/// </summary>
/// <param name="grains">Finds them.</param>
/// <param name="store">Has the documents.</param>
/// <param name="scheduler">Is told what a call came to.</param>
/// <param name="time">Measures how long a call takes.</param>
/// <param name="logger">Of the scheduler.</param>
internal sealed class WorkerCalls(
    IGrainFactory grains, ISchedulerStore store, ISchedulerNews scheduler, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan TellAgainAfter = TimeSpan.FromSeconds(1);
    private const int TellAttempts = 5;

    /// <summary>What a worker is told of work that it has a lease of; null where that was withdrawn.</summary>
    public async Task<WorkAssignment?> Order(DeviceLease lease, ScheduledWork work) =>
        await store.ReadDocument(work.WorkId, work.Generation) is { } document
            ? new WorkAssignment
            {
                WorkId = work.WorkId,
                Generation = work.Generation,
                Kind = work.Kind,
                Document = document,
                Owner = grains.GetGrain<IWorkOwner>(GrainId.Parse(work.Owner)),
                MinWorkers = work.MinWorkers,
                MaxWorkers = work.MaxWorkers,
                Priority = work.Priority,
                User = work.User,
                Numerics = work.Numerics,
                Lease = lease.Number,
            }
            : null;

    /// <summary>Has a worker run what it has a lease of.</summary>
    public async Task Run(DeviceLease lease, ScheduledWork work)
    {
        WorkAssignment? order;
        try
        {
            order = await Order(lease, work);
        }
        catch (Exception e)
        {
            // The device does not speak of it, so it is told again.
            SchedulerLog.DocumentUnreadable(logger, e, work.WorkId);
            return;
        }
        if (order is null)
        {
            await scheduler.Unbegun(lease.Worker, lease.Number);
            return;
        }
        try
        {
            if (!await Worker(lease.Worker).Run(order).WaitAsync(CallTimeout, time)) await scheduler.Refused(lease.Worker, order.Lease);
        }
        catch (Exception e)
        {
            SchedulerLog.Unreachable(logger, e, lease.Worker);
            await scheduler.Unreachable(lease.Worker, order.Lease);
        }
    }

    /// <summary>Has a worker stop work of a generation and of those before it.</summary>
    public async Task Stop(string worker, string workId, long generation)
    {
        try
        {
            await Worker(worker).Stop(workId, generation).WaitAsync(CallTimeout, time);
        }
        catch (Exception e)
        {
            // Said again whenever something changes; its owner refuses its reports anyway.
            SchedulerLog.Unreachable(logger, e, worker);
        }
    }

    /// <summary>Tells an owner of a loss, some times.</summary>
    public async Task Tell(WorkLoss loss)
    {
        for (var attempt = 1; attempt <= TellAttempts; attempt++)
        {
            try
            {
                await grains.GetGrain<IWorkOwner>(GrainId.Parse(loss.Owner)).Report(loss.Report).WaitAsync(CallTimeout, time);
                return;
            }
            catch (Exception e)
            {
                SchedulerLog.OwnerUnreachable(logger, e, loss.Report.WorkId, attempt);
                await Task.Delay(TellAgainAfter, time);
            }
        }
    }

    /// <summary>Asks a silent worker whether it is still there.</summary>
    public async Task Probe(string worker, string incarnation)
    {
        try
        {
            if (await Worker(worker).GetStatus().WaitAsync(CallTimeout, time) is { } status && status.Incarnation == incarnation) return;
        }
        catch (Exception e)
        {
            SchedulerLog.Unreachable(logger, e, worker);
        }
        await scheduler.Gone(worker, incarnation);
    }

    private IGpuWorkerGrain Worker(string worker) => grains.GetGrain<IGpuWorkerGrain>(worker);
}

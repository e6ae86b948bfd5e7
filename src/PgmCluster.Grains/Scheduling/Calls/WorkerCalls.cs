using PgmCluster.Grains.Protocol;
using PgmCluster.Grains.Scheduling.Rows;

namespace PgmCluster.Grains.Scheduling.Calls;

/// <summary>
/// The scheduler's calls to workers and owners. None is awaited before it goes on; all are awaited when it stops. To be used on the grain's
/// own scheduler.
/// </summary>
/// <param name="grains">Finds them.</param>
/// <param name="store">Has the documents.</param>
/// <param name="outcomes">Is told what a call came to.</param>
/// <param name="timeout">Of a call.</param>
/// <param name="time">Measures how long a call takes.</param>
/// <param name="logger">Of the scheduler.</param>
internal sealed class WorkerCalls(
    IGrainFactory grains, ISchedulerStore store, ICallOutcomes outcomes, TimeSpan timeout, TimeProvider time, ILogger logger)
{
    /// <summary>A worker that does not answer holds up the scheduler's move no longer.</summary>
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(3);

    private readonly HashSet<Task> _underWay = [];
    private readonly HashSet<string> _probed = [];
    private readonly CancellationTokenSource _leaving = new();
    private LossNews? _news;

    private LossNews News => _news ??= new LossNews(TellLoss, () => Came(outcomes.Told), time, _leaving.Token, logger);

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
    public void Run(DeviceLease lease, ScheduledWork work) => Track(TellRun(lease, work));

    /// <summary>Has a worker stop work of a generation and of those before it.</summary>
    public void Stop(string worker, string workId, long generation) => Track(TellStop(worker, workId, generation));

    /// <summary>Has the owners of what was lost told of it, until they know.</summary>
    /// <param name="stored">All losses that are stored.</param>
    public void Tell(IReadOnlyCollection<LeaseLoss> stored)
    {
        foreach (var telling in News.Tell(stored)) Track(telling);
    }

    /// <inheritdoc cref="LossNews.IsTold"/>
    public bool IsTold(LeaseLoss loss) => News.IsTold(loss);

    /// <inheritdoc cref="LossNews.Hurry"/>
    public void Hurry(string owner) => News.Hurry(owner);

    /// <summary>Asks a silent worker whether it is still there, unless it is being asked.</summary>
    public void Probe(string worker, string incarnation)
    {
        if (_probed.Add(worker)) Track(Ask(worker, incarnation));
    }

    /// <summary>The scheduler stops: waits for what is under way. Nothing of what it comes to is taken up any more.</summary>
    public async Task Drain(CancellationToken cancellation)
    {
        await _leaving.CancelAsync();
        try
        {
            await Task.WhenAll(_underWay).WaitAsync(DrainTimeout, time, cancellation);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            CallsLog.NotAwaited(logger, _underWay.Count);
        }
    }

    private async Task TellRun(DeviceLease lease, ScheduledWork work)
    {
        WorkAssignment? order;
        try
        {
            order = await Order(lease, work);
        }
        catch (Exception e)
        {
            // The device does not speak of it, so it is told again.
            CallsLog.DocumentUnreadable(logger, e, work.WorkId);
            return;
        }
        if (order is null)
        {
            await Came(() => outcomes.Unbegun(lease.Worker, lease.Number));
            return;
        }
        bool isTaken;
        try
        {
            isTaken = await Worker(lease.Worker).Run(order).WaitAsync(timeout, time);
        }
        catch (Exception e)
        {
            CallsLog.Unreachable(logger, e, lease.Worker);
            await Came(() => outcomes.Unreachable(lease.Worker, lease.Number));
            return;
        }
        if (!isTaken) await Came(() => outcomes.Refused(lease.Worker, lease.Number));
    }

    private async Task TellStop(string worker, string workId, long generation)
    {
        try
        {
            await Worker(worker).Stop(workId, generation).WaitAsync(timeout, time);
        }
        catch (Exception e)
        {
            // Said again after a while; its owner refuses its reports anyway.
            CallsLog.Unreachable(logger, e, worker);
        }
    }

    private Task TellLoss(LeaseLoss loss) => grains.GetGrain<IWorkOwner>(GrainId.Parse(loss.Owner)).Report(new WorkReport
    {
        WorkId = loss.WorkId,
        Generation = loss.Generation,
        State = WorkState.Lost,
        Orderly = loss.Orderly,
        Worker = loss.Worker,
        Remaining = loss.Remaining,
        Lease = loss.Number,
        Process = loss.Incarnation.Length > 0 ? loss.Incarnation : null,
    }).WaitAsync(timeout, time);

    private async Task Ask(string worker, string incarnation)
    {
        try
        {
            if (await Worker(worker).GetStatus().WaitAsync(timeout, time) is { } status && status.Incarnation == incarnation) return;
        }
        catch (Exception e)
        {
            CallsLog.Unreachable(logger, e, worker);
        }
        finally
        {
            _probed.Remove(worker);
        }
        await Came(() => outcomes.Gone(worker, incarnation));
    }

    // Of a scheduler that stops the next one finds out by itself.
    private Task Came(Func<Task> outcome) => _leaving.IsCancellationRequested ? Task.CompletedTask : outcome();

    private void Track(Task call)
    {
        if (call.IsCompleted) return;
        _underWay.Add(call);
        _ = Forget(call);
    }

    private async Task Forget(Task call)
    {
        await call.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        _underWay.Remove(call);
    }

    private IGpuWorkerGrain Worker(string worker) => grains.GetGrain<IGpuWorkerGrain>(worker);
}

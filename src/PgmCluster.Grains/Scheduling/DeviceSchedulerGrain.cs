using Orleans.Storage;
using PgmCluster.Contracts.Devices;
using PgmCluster.Contracts.Errors;
using PgmCluster.Grains.Clocks;
using PgmCluster.Grains.Options;
using PgmCluster.Grains.Placement;
using PgmCluster.Grains.Scheduling.Former;
using PgmCluster.Grains.Scheduling.Rows;

namespace PgmCluster.Grains.Scheduling;

/// <inheritdoc cref="IDeviceSchedulerGrain"/>
/// <remarks>
/// Applies what <see cref="PlacementPlanner"/> decides to the <see cref="SchedulerLedger"/>. No turn awaits a worker or an owner: both call
/// the scheduler from turns of their own. A device's announcement is taken beside the turns, which may wait for the storage.
/// </remarks>
[KeepAlive, PreferControlSilo]
public sealed class DeviceSchedulerGrain : Grain, IDeviceSchedulerGrain, ISchedulerNews
{
    private const int LongQueue = 500;
    private static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(2);

    private readonly IPersistentState<DeviceSchedulerState> _former;
    private readonly ISchedulerStore _store;
    private readonly IClusterMembershipService _membership;
    private readonly TimeProvider _time;

    /// <summary>By which all is measured and stored: a silo's clock may be set while it runs.</summary>
    private readonly SteadyClock _clock;
    private readonly ILogger<DeviceSchedulerGrain> _logger;
    private readonly SchedulingPolicy _policy;
    private readonly WorkerCalls _calls;
    private readonly TimeSpan _leaseTimeout;

    /// <summary>By then a device that cannot reach the scheduler has stopped by itself.</summary>
    private readonly TimeSpan _silentAfter;
    private readonly SortedDictionary<string, DeviceInfo> _devices = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Worker, string Incarnation), DeviceInfo> _announced = [];
    private WorkQueue _queue = null!;
    private SchedulerLedger _ledger = null!;
    private DateTimeOffset _activatedAt;
    private bool _newsIsUnderWay;
    private (PlacementPlan Plan, DateTimeOffset At, TimeSpan Took)? _explained;

    public DeviceSchedulerGrain(
        [PersistentState("device-scheduler", "Default")] IPersistentState<DeviceSchedulerState> former,
        ISchedulerStore store,
        IClusterMembershipService membership,
        GrainsOptions options,
        TimeProvider time,
        ILogger<DeviceSchedulerGrain> logger)
    {
        (_former, _store) = (former, store);
        _membership = membership;
        _time = time;
        _clock = new SteadyClock(time);
        _logger = logger;
        _policy = new SchedulingPolicy { GangPatience = options.GangPatience };
        _calls = new WorkerCalls(GrainFactory, store, this.AsReference<ISchedulerNews>(), time, logger);
        _leaseTimeout = options.LeaseTimeout;
        _silentAfter = options.LeaseTimeout + TimeSpan.FromSeconds(10);
    }

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _activatedAt = _clock.Now;
        if (await _former.MoveInto(_store) is var (work, leases)) SchedulerLog.Moved(_logger, work, leases);
        _queue = new WorkQueue((await _store.Read()).NotAfter(_activatedAt));
        _ledger = new SchedulerLedger(_queue, _logger);
        this.RegisterGrainTimer(static (grain, _) => grain.Tick(), this, TickInterval, TickInterval);
    }

    public Task Submit(WorkAssignment work) => Submit([work]);

    public async Task Submit(IReadOnlyList<WorkAssignment> work)
    {
        var now = _clock.Now;
        foreach (var one in work) _ledger.Submit(one, now);
        if (!_queue.HasChanged) return;
        await AssignAndSave();
        foreach (var one in work) _ledger.ForgetPlace(one.WorkId);
    }

    public Task Withdraw(string workId, long generation) => Withdraw([new WorkGeneration(workId, generation)]);

    public async Task Withdraw(IReadOnlyList<WorkGeneration> work)
    {
        foreach (var one in work) _ledger.Withdraw(one.WorkId, one.Generation);
        if (_queue.HasChanged) await AssignAndSave();
    }

    public Task Announce(DeviceInfo device)
    {
        _devices[device.Worker] = device with { LastSeen = _clock.Now };
        _announced[(device.Worker, device.Incarnation)] = device;
        if (_newsIsUnderWay) return Task.CompletedTask;
        _newsIsUnderWay = true;
        _ = TellAnnounced();
        return Task.CompletedTask;
    }

    public async Task<WorkAssignment?> Released(string worker, string workId, long generation, long lease, bool takesNext)
    {
        _ledger.Release(worker, workId, generation, lease, _clock.Now);
        if (_devices.TryGetValue(worker, out var device) && device.Work == workId) _devices[worker] = device with { Work = null };
        return await AssignAndSave(takesNext ? worker : null);
    }

    public Task<QueuedWork?> Find(string workId)
    {
        if (_queue.Find(workId) is { } work) return Task.FromResult<QueuedWork?>(_queue.Describe(work, Explain()));
        return Task.FromResult(_queue.DescribeStopping(workId));
    }

    public Task<IReadOnlyList<long>> GetGenerations(IReadOnlyList<string> workIds) => Task.FromResult<IReadOnlyList<long>>(
        [.. workIds.Select(id => _queue.LeasesOf(id).Select(l => l.Generation).Append(_queue.Find(id)?.Generation ?? 0).Max())]);

    public Task<IReadOnlyList<DeviceInfo>> GetDevices() => Task.FromResult<IReadOnlyList<DeviceInfo>>(
        [.. _devices.Values.Select(d => Describe(d, _clock.Now - d.LastSeen))]);

    public Task<IReadOnlyList<QueuedWork>> GetQueue()
    {
        var plan = Explain();
        return Task.FromResult<IReadOnlyList<QueuedWork>>([.. _queue.Work.Select(w => _queue.Describe(w, plan))]);
    }

    async Task ISchedulerNews.Refused(string worker, long lease)
    {
        if (_queue.LeaseOf(worker, lease) is not { } refused) return;
        SchedulerLog.Refused(_logger, worker, refused.WorkId);
        _ledger.End(refused, _clock.Now);
        // Out of the choice until it announces itself again.
        _devices.Remove(worker);
        await AssignAndSave();
    }

    async Task ISchedulerNews.Unbegun(string worker, long lease)
    {
        if (_queue.LeaseOf(worker, lease) is not { } unbegun) return;
        _ledger.End(unbegun, _clock.Now);
        await AssignAndSave();
    }

    async Task ISchedulerNews.Unreachable(string worker, long lease)
    {
        if (_queue.LeaseOf(worker, lease) is not { } unreachable) return;
        _devices.Remove(worker);
        _ledger.Lose(unreachable, orderly: true, _clock.Now);
        await AssignAndSave();
    }

    async Task ISchedulerNews.Gone(string worker, string incarnation)
    {
        var now = _clock.Now;
        if (_devices.TryGetValue(worker, out var device) && device.Incarnation == incarnation && now - device.LastSeen < _silentAfter)
            return;
        _devices.Remove(worker);
        var lost = _queue.Leases.Where(l => l.Worker == worker && l.Incarnation == incarnation).ToList();
        foreach (var lease in lost) _ledger.Lose(lease, orderly: false, now);
        await AssignAndSave();
    }

    async Task ISchedulerNews.Announced()
    {
        var announced = _announced.Values.ToList();
        _announced.Clear();
        _newsIsUnderWay = false;
        var again = new List<(DeviceLease Lease, ScheduledWork Work)>();
        foreach (var device in announced)
        {
            _ledger.Compare(device, _clock.Now, again);
            if (_ledger.Unwanted(device) is { } generation) _ = _calls.Stop(device.Worker, device.Work!, generation);
        }
        foreach (var (lease, work) in again) _ = _calls.Run(lease, work);
        await AssignAndSave();
    }

    private async Task Tick()
    {
        var now = _clock.Now;
        var active = _membership.CurrentSnapshot.Members.Values
            .Where(m => m.Status is SiloStatus.Active or SiloStatus.ShuttingDown or SiloStatus.Stopping)
            .Select(m => m.Name).ToHashSet();
        bool IsGone(DeviceInfo device) =>
            !active.Contains(WorkerKey.SiloOf(device.Worker))
                || (now - device.LastSeen > _silentAfter && _queue.LeaseOn(device.Worker) is null);
        foreach (var gone in _devices.Values.Where(IsGone).ToList()) _devices.Remove(gone.Worker);
        _ledger.Tidy(now);
        var lost = _queue.Leases.Where(l => !active.Contains(WorkerKey.SiloOf(l.Worker))).ToList();
        foreach (var lease in lost) _ledger.Lose(lease, orderly: false, now);
        foreach (var lease in _queue.Leases)
        {
            var heard = _devices.TryGetValue(lease.Worker, out var device) ? device.LastSeen : _activatedAt;
            if (now - heard > _silentAfter) _ = _calls.Probe(lease.Worker, lease.Incarnation);
        }
        await AssignAndSave();
    }

    private PlacementPlan Plan(bool explain = false)
    {
        var now = _clock.Now;
        PlannedDevice Planned(DeviceInfo d) =>
            new(d.Worker, d.Numerics, d is { Work: null, Problem: null } && now - d.LastSeen < _leaseTimeout, d.Problem);
        return PlacementPlanner.Plan(
            new SchedulingView
            {
                Now = now,
                Devices = [.. _devices.Values.Select(Planned)],
                Work = explain ? _queue.Work : _queue.Singly,
                Lines = explain ? [] : _queue.Lines,
                Leases = _queue.Leases,
                Reservations = _queue.Reservations,
                Usage = _ledger.Usage(now),
                NotGrowing = _ledger.NotGrowing(now),
            },
            _policy, explain);
    }

    /// <summary>Why what waits does.</summary>
    private PlacementPlan Explain()
    {
        // All of a long queue is looked at for it: then no more than a twentieth of the time goes by that.
        if (_explained is { } known && _queue.Work.Count > LongQueue && _clock.Now - known.At < 20 * known.Took) return known.Plan;
        var begun = _time.GetTimestamp();
        var plan = Plan(explain: true);
        _explained = (plan, _clock.Now, _time.GetElapsedTime(begun));
        return plan;
    }

    /// <summary>Carries out a plan; what was changed is durable before anybody is told.</summary>
    /// <param name="asks">A worker that is told by the answer what it is given; null where all are called.</param>
    private async Task<WorkAssignment?> AssignAndSave(string? asks = null)
    {
        var given = new List<(DeviceLease Lease, ScheduledWork Work)>();
        _ledger.Apply(Plan(), worker => _devices[worker].Incarnation, _clock.Now, given);
        if (_queue.HasChanged) await Save();
        WorkAssignment? answer = null;
        foreach (var (lease, work) in given)
        {
            if (lease.Worker == asks && _calls.Order(lease, work) is { IsCompletedSuccessfully: true, Result: { } order }) answer = order;
            else _ = _calls.Run(lease, work);
        }
        foreach (var lease in _queue.Leases.Where(l => l.Stopping)) _ = _calls.Stop(lease.Worker, lease.WorkId, lease.Generation);
        while (_ledger.Losses.TryDequeue(out var loss)) _ = Tell(loss);
        return answer;
    }

    /// <exception cref="PgmException">The storage refused; the queue is as it is stored.</exception>
    private async Task Save()
    {
        try
        {
            _queue.Stored(await _store.Write(_queue.Change()));
        }
        catch (Exception e)
        {
            _queue.Undo();
            _ledger.ForgetLosses();
            SchedulerLog.WriteUndone(_logger, e);
            if (e is not InconsistentStateException)
                throw new PgmException(
                    $"Saving the queue: the storage refused the write ({e.GetType().Name}). "
                    + "Nothing was changed; try again once the storage answers.");
            DeactivateOnIdle();
            throw new PgmException("Saving the queue: another scheduler has written it. Try again; the newer one answers.");
        }
    }

    private async Task Tell(WorkLoss loss)
    {
        await _calls.Tell(loss);
        _ledger.Told(loss);
    }

    private async Task TellAnnounced()
    {
        try
        {
            await this.AsReference<ISchedulerNews>().Announced();
        }
        catch (Exception e)
        {
            // The next announcement brings it up again.
            SchedulerLog.NewsFailed(_logger, e);
            _newsIsUnderWay = false;
        }
    }

    private DeviceInfo Describe(DeviceInfo device, TimeSpan silence) => device with
    {
        Work = _queue.LeaseOn(device.Worker)?.WorkId ?? device.Work,
        LastSeen = _time.GetUtcNow() - silence,
        SecondsSinceSeen = silence.TotalSeconds,
    };
}

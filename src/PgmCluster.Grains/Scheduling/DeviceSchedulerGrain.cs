using Orleans.Concurrency;
using Orleans.Storage;
using PgmCluster.Contracts.Devices;
using PgmCluster.Contracts.Errors;
using PgmCluster.Grains.Clocks;
using PgmCluster.Grains.Leases;
using PgmCluster.Grains.Options;
using PgmCluster.Grains.Placement;
using PgmCluster.Grains.Protocol;
using PgmCluster.Grains.Scheduling.Calls;
using PgmCluster.Grains.Scheduling.Former;
using PgmCluster.Grains.Scheduling.Roster;
using PgmCluster.Grains.Scheduling.Rows;

namespace PgmCluster.Grains.Scheduling;

/// <inheritdoc cref="IDeviceSchedulerGrain"/>
/// <remarks>
/// Applies what <see cref="PlacementPlanner"/> decides to the <see cref="SchedulerLedger"/>. What comes in while a plan is stored waits for
/// the next one, and is in it together (<see cref="CoalescedTurns"/>); no call to a worker or an owner is waited for. Which devices are
/// there it hears from who grants their leases.
/// </remarks>
[GrainType("devicescheduler"), KeepAlive, PreferControlSilo(Returns = true), Reentrant]
internal sealed class DeviceSchedulerGrain : Grain, IDeviceSchedulerGrain, IDevicesGrain, ISchedulerNews, ILeaseWatcher, ICallOutcomes
{
    private const int LongQueue = 500;

    /// <summary>What silos say is in the next look where it comes so soon.</summary>
    private static readonly TimeSpan HearingTakes = TimeSpan.FromMilliseconds(500);
    private readonly IPersistentState<DeviceSchedulerState> _former;
    private readonly ISchedulerStore _store;
    private readonly IPresentSilos _silos;
    private readonly TimeProvider _time;
    /// <summary>By which all is measured and stored: a silo's clock may be set while it runs.</summary>
    private readonly SteadyClock _clock;
    private readonly ILogger<DeviceSchedulerGrain> _logger;
    private readonly Timings _timings;
    private readonly UserQuotas _quotas;
    private readonly WorkerCalls _calls;
    private readonly CoalescedTurns _turns;
    private readonly Explanations _explanations;
    private readonly StopOrders _stops;
    private readonly DeviceRoster _roster = new();
    private readonly Hearing _hearing;
    /// <summary>Devices of which something was heard since the last look.</summary>
    private readonly HashSet<RosterDevice> _heard = [];
    /// <summary>By worker: who is told by an answer what it is given.</summary>
    private readonly Dictionary<string, AskingDevice> _asking = [];
    private WorkQueue _queue = null!;
    private SchedulerLedger _ledger = null!;
    private Planning _planning = null!;
    private DateTimeOffset _activatedAt;
    private TimeSpan _planTook;
    private bool _isLooking;

    public DeviceSchedulerGrain(
        [PersistentState("device-scheduler", "Default")] IPersistentState<DeviceSchedulerState> former,
        ISchedulerStore store, IPresentSilos silos, GrainsOptions options, TimeProvider time, ILogger<DeviceSchedulerGrain> logger)
    {
        (_former, _store, _silos, _logger) = (former, store, silos, logger);
        (_time, _clock, _timings, _quotas) = (time, new SteadyClock(time), options.Timings, options.Quotas);
        _calls = new WorkerCalls(GrainFactory, store, this, _timings.CallTimeout, time, logger);
        _turns = new CoalescedTurns(Commit, Store, Undo, Pause);
        _explanations = new Explanations(() => _planning.Plan(_clock.Now, explain: true), () => _queue.Work.Count > LongQueue, time);
        _stops = new StopOrders(_timings.StopAgain);
        _hearing = new Hearing(GrainFactory, _roster, _timings.CallTimeout, time, _clock, logger);
    }

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _activatedAt = _clock.Now;
        if (await _former.MoveInto(_store) is var (work, leases)) SchedulerLog.Moved(_logger, work, leases);
        _queue = new WorkQueue((await _store.Read()).NotAfter(_activatedAt));
        _ledger = new SchedulerLedger(_queue, _timings, _logger);
        _planning = new Planning(_queue, _ledger, _roster, _timings, _quotas);
        this.RegisterGrainTimer(static (grain, _) => grain.Tick(), this, TimeSpan.Zero, _timings.PlanInterval);
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _planning?.Dispose();
        return _calls.Drain(cancellationToken);
    }

    public Task Submit(WorkAssignment work) => Submit([work]);

    public async Task Submit(IReadOnlyList<WorkAssignment> work)
    {
        var queued = new List<string>();
        Hurry(work.Select(w => w.WorkId));
        await _turns.Add(() =>
        {
            foreach (var one in work) _ledger.Submit(one, _clock.Now);
            queued.AddRange(work.Where(w => _queue.Find(w.WorkId)?.Generation == w.Generation).Select(w => w.WorkId));
        });
        foreach (var id in queued) _ledger.ForgetPlace(id);
    }

    public Task Withdraw(string workId, long generation) => Withdraw([new WorkGeneration(workId, generation)]);

    public Task Withdraw(IReadOnlyList<WorkGeneration> work) => _turns.Do(() =>
    {
        foreach (var one in work) _ledger.Withdraw(one.WorkId, one.Generation);
    });

    public Task Announce(DeviceInfo device)
    {
        _heard.Add(_roster.Announced(device, _clock.Now));
        Look();
        return Task.CompletedTask;
    }

    public async Task<WorkAssignment?> Released(string worker, string workId, long generation, long lease, bool takesNext)
    {
        var asking = new AskingDevice();
        await _turns.Do(() =>
        {
            _ledger.Release(worker, workId, generation, lease, takesNext, _clock.Now);
            _roster.Find(worker)?.Ended(workId, _clock.Now);
            if (takesNext) _asking[worker] = asking;
        });
        return asking.Answer;
    }

    public Task<QueuedWork?> Find(string workId) => _turns.Read(() => _queue.Find(workId) is { } work
        ? _queue.Describe(work, _explanations.Present)
        : _queue.DescribeStopping(workId));

    public Task<IReadOnlyList<long>> GetGenerations(IReadOnlyList<string> workIds)
    {
        Hurry(workIds);
        return _turns.Read<IReadOnlyList<long>>(() => [.. workIds.Select(_ledger.GenerationOf)]);
    }

    public Task<IReadOnlyList<DeviceInfo>> GetDevices() => _turns.Read<IReadOnlyList<DeviceInfo>>(() =>
        _planning.Describe(_clock.Now, _time.GetUtcNow()));

    public Task<IReadOnlyList<QueuedWork>> GetQueue() => _turns.Read<IReadOnlyList<QueuedWork>>(() =>
        [.. _queue.Work.Select(w => _queue.Describe(w, _explanations.Present))]);

    async Task ILeaseWatcher.Heard()
    {
        await _hearing.Hear(_heard);
        Look();
    }

    Task ISchedulerNews.Refused(string worker, long lease) => Refused(worker, lease);

    Task ICallOutcomes.Refused(string worker, long lease) => Quietly(Refused(worker, lease));

    Task ICallOutcomes.Told() =>
        _queue.Losses.Any(_calls.IsTold) ? Quietly(_turns.Do(static () => { })) : Task.CompletedTask;

    Task ICallOutcomes.Unbegun(string worker, long lease) => Quietly(_turns.Do(() =>
    {
        if (_queue.LeaseOf(worker, lease) is { } unbegun) _ledger.End(unbegun, _clock.Now);
    }));

    Task ICallOutcomes.Unreachable(string worker, long lease) => Quietly(_turns.Do(() =>
    {
        if (_queue.LeaseOf(worker, lease) is not { } unreachable) return;
        _roster.Find(worker)?.PutOut(_clock.Now);
        _ledger.Lose(unreachable, orderly: true, _clock.Now);
    }));

    Task ICallOutcomes.Gone(string worker, string incarnation) => Quietly(_turns.Do(() =>
    {
        var now = _clock.Now;
        if (_roster.Find(worker) is { } device && device.Info.Incarnation == incarnation
            && now - device.LastSeen < _timings.SilentAfter) return;
        foreach (var lease in _queue.LeasesOn(worker).Where(l => l.Incarnation == incarnation)) _ledger.Lose(lease, orderly: false, now);
    }));

    private Task Refused(string worker, long lease) => _turns.Do(() =>
    {
        if (_queue.LeaseOf(worker, lease) is not { } refused) return;
        SchedulerLog.Refused(_logger, worker, refused.WorkId);
        _ledger.End(refused, _clock.Now);
        _roster.Find(worker)?.PutOut(_clock.Now);
    });

    private async Task Tick()
    {
        await _hearing.Hear(_heard).WaitAsync(HearingTakes, _time).ConfigureAwait(
            ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        Look();
    }

    private void Look()
    {
        if (_isLooking) return;
        _isLooking = true;
        _ = Quietly(_turns.Do(LookAtAll));
    }

    private void LookAtAll()
    {
        _isLooking = false;
        var now = _clock.Now;
        var active = _silos.Names;
        _roster.ForgetSilosBut(active);
        _ledger.Tidy(now);
        foreach (var lease in _queue.Leases.Where(l => !active.Contains(WorkerKey.SiloOf(l.Worker))).ToList())
            _ledger.Lose(lease, orderly: false, now);
        var again = new List<(DeviceLease Lease, ScheduledWork Work)>();
        foreach (var device in _heard)
        {
            _ledger.Compare(device, now, again);
            if (_ledger.Unwanted(device.Info) is { } generation) _calls.Stop(device.Worker, device.Info.Work!, generation);
        }
        _heard.Clear();
        foreach (var (lease, work) in again) _calls.Run(lease, work);
        foreach (var lease in _queue.Leases)
        {
            if (now - (_roster.Find(lease.Worker)?.LastSeen ?? _activatedAt) > _timings.SilentAfter)
                _calls.Probe(lease.Worker, lease.Incarnation);
        }
    }

    /// <summary>Carries out a plan; what was changed is durable before anybody is told.</summary>
    private async Task Commit()
    {
        foreach (var known in _queue.Losses.Where(_calls.IsTold).ToList()) _queue.Remove(known);
        var begun = _time.GetTimestamp();
        var given = new List<(DeviceLease Lease, ScheduledWork Work)>();
        _ledger.Apply(_planning.Plan(_clock.Now), worker => _roster.Find(worker)!.Info.Incarnation, _clock.Now, given);
        _planTook = _time.GetElapsedTime(begun);
        await Store();
        _calls.Tell(_queue.Losses);
        foreach (var (lease, work) in given)
        {
            _roster.Find(lease.Worker)?.Given();
            if (_asking.TryGetValue(lease.Worker, out var asking)
                && _calls.Order(lease, work) is { IsCompletedSuccessfully: true, Result: { } order }) asking.Answer = order;
            else _calls.Run(lease, work);
        }
        _asking.Clear();
        foreach (var lease in _stops.Due(_queue.Leases.Where(l => l.Stopping), _clock.Now))
            _calls.Stop(lease.Worker, lease.WorkId, lease.Generation);
        _planning.Note(_clock.Now, _planTook, given);
    }

    private Task Store()
    {
        _explanations.Outdate();
        return _queue.HasChanged ? Save() : Task.CompletedTask;
    }

    /// <summary>The queue is as it is stored.</summary>
    private void Undo()
    {
        _queue.Undo();
        _asking.Clear();
    }

    /// <summary>Who asks for work that was lost waits for the news.</summary>
    private void Hurry(IEnumerable<string> workIds)
    {
        foreach (var loss in workIds.SelectMany(_queue.LossesOf)) _calls.Hurry(loss.Owner);
    }

    /// <summary>A large plan is made at most a fifth of the time.</summary>
    private Task Pause() => _planTook < TimeSpan.FromMilliseconds(1) ? Task.CompletedTask : Task.Delay(4 * _planTook, _time);

    /// <exception cref="PgmException">The storage refused.</exception>
    private async Task Save()
    {
        try
        {
            _queue.Stored(await _store.Write(_queue.Change()));
        }
        catch (Exception e)
        {
            SchedulerLog.WriteUndone(_logger, e);
            if (e is not InconsistentStateException)
                throw new PgmException($"Saving the queue: the storage refused the write ({e.GetType().Name}). "
                    + "Nothing was changed; try again once the storage answers.");
            DeactivateOnIdle();
            throw new PgmException("Saving the queue: another scheduler has written it. Try again; the newer one answers.");
        }
    }

    private async Task Quietly(Task turn)
    {
        try
        {
            await turn;
        }
        catch (Exception e)
        {
            // The next look brings it up again.
            SchedulerLog.NewsFailed(_logger, e);
        }
    }
}

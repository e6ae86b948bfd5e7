using PgmCluster.Contracts.Devices;
using PgmCluster.Grains.Devices.Scheduling;
using PgmCluster.Grains.Hosting;
using PgmCluster.Grains.Placement;
using PgmCluster.Grains.Storage;

namespace PgmCluster.Grains.Devices;

/// <inheritdoc cref="IDeviceSchedulerGrain"/>
/// <remarks>
/// Applies what <see cref="PlacementPlanner"/> decides. No turn awaits a worker or an owner: both call the scheduler from turns of their own.
/// A device's announcement is taken beside the turns, which may wait for the storage.
/// </remarks>
[KeepAlive, PreferControlSilo]
public sealed partial class DeviceSchedulerGrain : Grain, IDeviceSchedulerGrain, ISchedulerNews
{
    private static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);

    /// <summary>A lease that the worker does not speak of is given again only when no earlier word of the worker can still be under way.</summary>
    private static readonly TimeSpan LeaseSettles = TimeSpan.FromSeconds(8);

    /// <summary>A gang whose member ended by itself is probably done: it is given nobody new for so long.</summary>
    private static readonly TimeSpan GrowthPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PlaceKept = TimeSpan.FromHours(1);
    private static readonly TimeSpan TellAgainAfter = TimeSpan.FromSeconds(1);
    private const int TellAttempts = 5;

    private readonly IPersistentState<DeviceSchedulerState> _state;
    private readonly IClusterMembershipService _membership;
    private readonly TimeProvider _time;

    /// <summary>By which all is measured and stored: a silo's clock may be set while it runs.</summary>
    private readonly SteadyClock _clock;
    private readonly ILogger<DeviceSchedulerGrain> _logger;
    private readonly SchedulingPolicy _policy;
    private readonly TimeSpan _leaseTimeout;

    /// <summary>By then a device that cannot reach the scheduler has stopped by itself.</summary>
    private readonly TimeSpan _silentAfter;
    private readonly SortedDictionary<string, DeviceInfo> _devices = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Worker, string Incarnation), DeviceInfo> _announced = [];

    /// <summary>When lost work was first submitted: it does not lose its place. Kept in memory only, for fairness and nothing else.</summary>
    private readonly Dictionary<string, (DateTimeOffset SubmittedAt, DateTimeOffset LostAt)> _places = [];
    private readonly Dictionary<string, DateTimeOffset> _notGrowingUntil = [];
    private readonly Queue<Loss> _toTell = [];

    /// <summary>Work that was lost under a generation, and whose owner does not know yet.</summary>
    private readonly HashSet<(string WorkId, long Generation)> _untold = [];
    private DeviceSchedulerState _stored = new();
    private DateTimeOffset _activatedAt;
    private bool _newsIsUnderWay;

    public DeviceSchedulerGrain(
        [PersistentState("device-scheduler", "Default")] IPersistentState<DeviceSchedulerState> state,
        IClusterMembershipService membership,
        GrainsOptions options,
        TimeProvider time,
        ILogger<DeviceSchedulerGrain> logger)
    {
        _state = state;
        _membership = membership;
        _time = time;
        _clock = new SteadyClock(time);
        _logger = logger;
        _policy = new SchedulingPolicy { GangPatience = options.GangPatience };
        _leaseTimeout = options.LeaseTimeout;
        _silentAfter = options.LeaseTimeout + TimeSpan.FromSeconds(10);
    }

    private DeviceSchedulerState State => _state.State;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _activatedAt = _clock.Now;
        State.NotAfter(_activatedAt);
        _stored = State.Copy();
        this.RegisterGrainTimer(static (grain, _) => grain.Tick(), this, TickInterval, TickInterval);
        return Task.CompletedTask;
    }

    public async Task Submit(WorkAssignment work)
    {
        var present = State.Work.FirstOrDefault(w => w.WorkId == work.WorkId);
        if (present is not null && present.Generation >= work.Generation) return;
        // Same (work, generation) that was withdrawn and still stops is not queued again under a fence that is in use.
        if (State.Leases.Any(l => l.WorkId == work.WorkId && l.Generation >= work.Generation)) return;
        // An owner that has just come back submits what it last knew of. The news of its loss is on the way, and would end what began anew.
        if (_untold.Contains((work.WorkId, work.Generation))) return;
        if (present is not null) State.Work.Remove(present);
        StopLeases(work.WorkId, work.Generation - 1);
        var now = _clock.Now;
        var since = present?.SubmittedAt ?? (_places.TryGetValue(work.WorkId, out var place) ? place.SubmittedAt : now);
        var index = State.Work.FindIndex(w => w.SubmittedAt > since);
        State.Work.Insert(index < 0 ? State.Work.Count : index, new ScheduledWork
        {
            WorkId = work.WorkId,
            Generation = work.Generation,
            Kind = work.Kind,
            Document = work.Document,
            Owner = work.Owner.GetGrainId().ToString(),
            SubmittedAt = since,
            MinWorkers = Math.Max(1, work.MinWorkers),
            MaxWorkers = Math.Max(Math.Max(1, work.MinWorkers), work.MaxWorkers),
            Priority = work.Priority,
            User = work.User,
            Numerics = work.Numerics,
            WaitingSince = now,
        });
        await AssignAndSave(changed: true);
        _places.Remove(work.WorkId);
    }

    public async Task Withdraw(string workId, long generation)
    {
        var removed = State.Work.RemoveAll(w => w.WorkId == workId && w.Generation <= generation);
        var stopped = StopLeases(workId, generation);
        if (removed > 0 || stopped) await AssignAndSave(changed: true);
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

    public async Task Released(string worker, string workId, long generation, long lease)
    {
        var released = State.Leases
            .Where(l => l.Worker == worker && l.WorkId == workId && l.Generation <= generation && (lease == 0 || l.Number <= lease)).ToList();
        foreach (var one in released)
        {
            End(one);
            // The owner of a gang cannot know from the member's own report whether others go on.
            if (one.Stopping && WorkOf(one) is { MaxWorkers: > 1 } gang) TellOwner(gang, one, State.Leases.Count(l => IsOf(gang, l) && !l.Stopping), orderly: true);
        }
        if (!State.Leases.Any(l => l.WorkId == workId && l.Generation == generation))
        {
            var ended = State.Work.Where(w => w.WorkId == workId && w.Generation <= generation).ToList();
            foreach (var work in ended) State.Work.Remove(work);
            // What had to make room comes back under its next generation.
            if (released.Any(l => l.Stopping)) ended.ForEach(KeepPlace);
        }
        else if (released.Any(l => !l.Stopping))
        {
            _notGrowingUntil[workId] = _clock.Now + GrowthPause;
        }
        if (_devices.TryGetValue(worker, out var device) && device.Work == workId) _devices[worker] = device with { Work = null };
        await AssignAndSave(released.Count > 0);
    }

    public Task<QueuedWork?> Find(string workId)
    {
        if (State.Work.FirstOrDefault(w => w.WorkId == workId) is { } work) return Task.FromResult<QueuedWork?>(Describe(work, Plan(explain: true)));
        var stopping = State.Leases.Where(l => l.WorkId == workId).MaxBy(l => l.Generation);
        return Task.FromResult(stopping is null ? null : new QueuedWork
        {
            WorkId = workId,
            Generation = stopping.Generation,
            Worker = stopping.Worker,
            Workers = [.. State.Leases.Where(l => l.WorkId == workId).Select(l => l.Worker)],
            Reason = "is being stopped",
            SubmittedAt = stopping.Since,
            User = stopping.User,
        });
    }

    public Task<IReadOnlyList<DeviceInfo>> GetDevices() => Task.FromResult<IReadOnlyList<DeviceInfo>>(
        [.. _devices.Values.Select(d => Describe(d, _clock.Now - d.LastSeen))]);

    public Task<IReadOnlyList<QueuedWork>> GetQueue()
    {
        var plan = Plan(explain: true);
        return Task.FromResult<IReadOnlyList<QueuedWork>>([.. State.Work.Select(w => Describe(w, plan))]);
    }

    async Task ISchedulerNews.Refused(string worker, long lease)
    {
        if (LeaseOf(worker, lease) is not { } refused) return;
        LogRefused(worker, refused.WorkId);
        End(refused);
        // Out of the choice until it announces itself again.
        _devices.Remove(worker);
        await AssignAndSave(changed: true);
    }

    async Task ISchedulerNews.Unreachable(string worker, long lease)
    {
        if (LeaseOf(worker, lease) is not { } unreachable) return;
        _devices.Remove(worker);
        Lose(unreachable, orderly: true);
        await AssignAndSave(changed: true);
    }

    async Task ISchedulerNews.Gone(string worker, string incarnation)
    {
        if (_devices.TryGetValue(worker, out var device) && device.Incarnation == incarnation && _clock.Now - device.LastSeen < _silentAfter) return;
        _devices.Remove(worker);
        var lost = State.Leases.Where(l => l.Worker == worker && l.Incarnation == incarnation).ToList();
        foreach (var lease in lost) Lose(lease, orderly: false);
        await AssignAndSave(lost.Count > 0);
    }

    async Task ISchedulerNews.Announced()
    {
        var announced = _announced.Values.ToList();
        _announced.Clear();
        _newsIsUnderWay = false;
        var changed = false;
        foreach (var device in announced) changed |= Compare(device);
        await AssignAndSave(changed);
    }

    /// <summary>Brings the leases on a device in line with what it says of itself.</summary>
    private bool Compare(DeviceInfo device)
    {
        var now = _clock.Now;
        var changed = false;
        foreach (var lease in State.Leases.Where(l => l.Worker == device.Worker).ToList())
        {
            if (lease.Incarnation != device.Incarnation)
            {
                Lose(lease, orderly: false);
                changed = true;
            }
            else if (device.Work != lease.WorkId && now - lease.Since > LeaseSettles)
            {
                // The order to start, or the news of the end, was lost on the way.
                if (!lease.Stopping && WorkOf(lease) is { } work)
                {
                    Send(lease, work);
                }
                else if (device.Work is null)
                {
                    Lose(lease, orderly: true);
                    changed = true;
                }
            }
        }
        if (device.Work is { } running && !State.Leases.Any(l => l.Worker == device.Worker && l.WorkId == running))
        {
            // It was taken for lost meanwhile and is not wanted there; a newer generation of it may be.
            var newest = State.Work.FirstOrDefault(w => w.WorkId == running);
            _ = TellStop(device.Worker, running, newest is null ? long.MaxValue : newest.MaxWorkers > 1 ? newest.Generation : newest.Generation - 1);
        }
        return changed;
    }

    private async Task Tick()
    {
        var now = _clock.Now;
        var active = _membership.CurrentSnapshot.Members.Values
            .Where(m => m.Status is SiloStatus.Active or SiloStatus.ShuttingDown or SiloStatus.Stopping)
            .Select(m => m.Name).ToHashSet();
        foreach (var gone in _devices.Values.Where(d => !active.Contains(WorkerKey.SiloOf(d.Worker)) || (now - d.LastSeen > _silentAfter && LeaseOn(d.Worker) is null)).ToList())
            _devices.Remove(gone.Worker);
        foreach (var old in _places.Where(p => now - p.Value.LostAt > PlaceKept).ToList()) _places.Remove(old.Key);
        foreach (var over in _notGrowingUntil.Where(p => p.Value <= now).ToList()) _notGrowingUntil.Remove(over.Key);
        var lost = State.Leases.Where(l => !active.Contains(WorkerKey.SiloOf(l.Worker))).ToList();
        foreach (var lease in lost) Lose(lease, orderly: false);
        foreach (var lease in State.Leases)
        {
            var heard = _devices.TryGetValue(lease.Worker, out var device) ? device.LastSeen : _activatedAt;
            if (now - heard > _silentAfter) _ = Probe(lease.Worker, lease.Incarnation);
        }
        await AssignAndSave(lost.Count > 0);
    }

    private PlacementPlan Plan(bool explain = false)
    {
        var now = _clock.Now;
        return PlacementPlanner.Plan(
            new SchedulingView
            {
                Now = now,
                Devices = [.. _devices.Values.Select(d => new PlannedDevice(d.Worker, d.Numerics, d is { Work: null, Problem: null } && now - d.LastSeen < _leaseTimeout, d.Problem))],
                Work = State.Work,
                Leases = State.Leases,
                Reservations = State.Reservations,
                Usage = Usage(now),
                NotGrowing = _notGrowingUntil.Where(p => p.Value > now).Select(p => p.Key).ToHashSet(),
            },
            _policy, explain);
    }

    private Dictionary<string, double> Usage(DateTimeOffset now)
    {
        var usage = State.Usage.ToDictionary(u => u.User, u => u.At(now));
        foreach (var lease in State.Leases) usage[lease.User] = usage.GetValueOrDefault(lease.User) + UserUsage.Of(now - lease.Since);
        return usage;
    }

    /// <summary>Carries out a plan; what was changed is durable before anybody is told.</summary>
    private async Task AssignAndSave(bool changed)
    {
        var plan = Plan();
        var now = _clock.Now;
        var given = new List<(DeviceLease, ScheduledWork)>();
        foreach (var placement in plan.Placements)
        {
            var work = placement.Work;
            if (!State.Leases.Any(l => IsOf(work, l))) (work.GrantedPriority, work.GrantedAt) = (placement.Priority, now);
            var lease = new DeviceLease
            {
                Worker = placement.Worker,
                Incarnation = _devices[placement.Worker].Incarnation,
                WorkId = work.WorkId,
                Generation = work.Generation,
                Since = now,
                User = work.User,
                Number = ++State.LastLease,
            };
            State.Leases.Add(lease);
            given.Add((lease, work));
        }
        foreach (var (lease, preemptor) in plan.Preemptions)
        {
            LogPreempted(lease.WorkId, lease.Worker, preemptor);
            lease.Stopping = true;
        }
        if (!plan.Reservations.SequenceEqual(State.Reservations))
        {
            State.Reservations = [.. plan.Reservations];
            changed = true;
        }
        if (changed || given.Count > 0 || plan.Preemptions.Count > 0) await Save();
        foreach (var (lease, work) in given) Send(lease, work);
        foreach (var lease in State.Leases.Where(l => l.Stopping)) _ = TellStop(lease.Worker, lease.WorkId, lease.Generation);
        while (_toTell.TryDequeue(out var loss)) _ = TellLost(loss);
    }

    private async Task Save()
    {
        try
        {
            await this.SaveOrUndo(_state, _stored, _logger);
        }
        catch
        {
            // What was lost is found again from the leases that are back.
            _toTell.Clear();
            _untold.Clear();
            throw;
        }
        finally
        {
            _stored = State.Copy();
        }
    }

    private bool StopLeases(string workId, long generation)
    {
        var any = false;
        foreach (var lease in State.Leases.Where(l => l.WorkId == workId && l.Generation <= generation && !l.Stopping)) any = lease.Stopping = true;
        return any;
    }

    private void End(DeviceLease lease)
    {
        var now = _clock.Now;
        State.Leases.Remove(lease);
        var usage = State.Usage.FirstOrDefault(u => u.User == lease.User);
        if (usage is null) State.Usage.Add(usage = new UserUsage { User = lease.User, AsOf = now });
        (usage.Seconds, usage.AsOf) = (usage.At(now) + UserUsage.Of(now - lease.Since), now);
        State.Usage.RemoveAll(u => u.At(now) < 1);
    }

    private void Lose(DeviceLease lease, bool orderly)
    {
        LogLost(lease.WorkId, lease.Generation, lease.Worker);
        End(lease);
        if (WorkOf(lease) is not { } work) return;
        var others = State.Leases.Where(l => IsOf(work, l)).ToList();
        var remaining = others.Count(l => !l.Stopping);
        if (remaining == 0)
        {
            // The last of those that make room speaks for them all.
            if (lease.Stopping && others.Count > 0) return;
            // The owner queues it again under its next generation; where it cannot be told it finds out when it is woken.
            State.Work.Remove(work);
            KeepPlace(work);
            _untold.Add((work.WorkId, work.Generation));
            foreach (var other in others) other.Stopping = true;
        }
        TellOwner(work, lease, remaining, orderly || lease.Stopping);
    }

    private void TellOwner(ScheduledWork work, DeviceLease lost, int remaining, bool orderly) => _toTell.Enqueue(new Loss(work.Owner, new WorkReport
    {
        WorkId = work.WorkId,
        Generation = work.Generation,
        State = WorkState.Lost,
        Orderly = orderly,
        Worker = lost.Worker,
        Remaining = remaining,
    }));

    private void KeepPlace(ScheduledWork work) => _places[work.WorkId] = (work.SubmittedAt, _clock.Now);

    private void Send(DeviceLease lease, ScheduledWork work) => _ = TellRun(lease.Worker, new WorkAssignment
    {
        WorkId = work.WorkId,
        Generation = work.Generation,
        Kind = work.Kind,
        Document = work.Document,
        Owner = GrainFactory.GetGrain<IWorkOwner>(GrainId.Parse(work.Owner)),
        MinWorkers = work.MinWorkers,
        MaxWorkers = work.MaxWorkers,
        Priority = work.Priority,
        User = work.User,
        Numerics = work.Numerics,
        Lease = lease.Number,
    });

    private async Task TellRun(string worker, WorkAssignment work)
    {
        var self = this.AsReference<ISchedulerNews>();
        try
        {
            if (!await Worker(worker).Run(work).WaitAsync(CallTimeout, _time)) await self.Refused(worker, work.Lease);
        }
        catch (Exception e)
        {
            LogUnreachable(e, worker);
            await self.Unreachable(worker, work.Lease);
        }
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
            LogNewsFailed(e);
            _newsIsUnderWay = false;
        }
    }

    private async Task TellStop(string worker, string workId, long generation)
    {
        try
        {
            await Worker(worker).Stop(workId, generation).WaitAsync(CallTimeout, _time);
        }
        catch (Exception e)
        {
            // Said again whenever something changes; its owner refuses its reports anyway.
            LogUnreachable(e, worker);
        }
    }

    private async Task TellLost(Loss loss)
    {
        for (var attempt = 1; attempt <= TellAttempts; attempt++)
        {
            try
            {
                await GrainFactory.GetGrain<IWorkOwner>(GrainId.Parse(loss.Owner)).Report(loss.Report).WaitAsync(CallTimeout, _time);
                break;
            }
            catch (Exception e)
            {
                LogOwnerUnreachable(e, loss.Report.WorkId, attempt);
                await Task.Delay(TellAgainAfter, _time);
            }
        }
        _untold.Remove((loss.Report.WorkId, loss.Report.Generation));
    }

    private async Task Probe(string worker, string incarnation)
    {
        try
        {
            if (await Worker(worker).GetStatus().WaitAsync(CallTimeout, _time) is { } status && status.Incarnation == incarnation) return;
        }
        catch (Exception e)
        {
            LogUnreachable(e, worker);
        }
        await this.AsReference<ISchedulerNews>().Gone(worker, incarnation);
    }

    private DeviceInfo Describe(DeviceInfo device, TimeSpan silence) => device with
    {
        Work = LeaseOn(device.Worker)?.WorkId ?? device.Work,
        LastSeen = _time.GetUtcNow() - silence,
        SecondsSinceSeen = silence.TotalSeconds,
    };

    private QueuedWork Describe(ScheduledWork work, PlacementPlan plan)
    {
        var leases = State.Leases.Where(l => IsOf(work, l)).OrderBy(l => l.Number).ToList();
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
            WaitingSince = leases.Count > 0 ? null : work.WaitingSince == default ? work.SubmittedAt : work.WaitingSince,
        };
    }

    private ScheduledWork? WorkOf(DeviceLease lease) => State.Work.FirstOrDefault(w => IsOf(w, lease));

    private static bool IsOf(ScheduledWork work, DeviceLease lease) => lease.WorkId == work.WorkId && lease.Generation == work.Generation;

    private DeviceLease? LeaseOn(string worker) => State.Leases.FirstOrDefault(l => l.Worker == worker);

    private DeviceLease? LeaseOf(string worker, long number) => State.Leases.FirstOrDefault(l => l.Worker == worker && l.Number == number);

    private IGpuWorkerGrain Worker(string worker) => GrainFactory.GetGrain<IGpuWorkerGrain>(worker);

    /// <summary>News of a lost lease that its owner is yet to be told.</summary>
    private sealed record Loss(string Owner, WorkReport Report);
}

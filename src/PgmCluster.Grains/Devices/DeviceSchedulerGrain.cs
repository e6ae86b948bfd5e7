using PgmCluster.Contracts.Devices;
using PgmCluster.Grains.Storage;

namespace PgmCluster.Grains.Devices;

/// <inheritdoc cref="IDeviceSchedulerGrain"/>
/// <remarks>First come, first served. No turn awaits a worker or an owner: both call the scheduler from turns of their own.</remarks>
[KeepAlive]
public sealed partial class DeviceSchedulerGrain : Grain, IDeviceSchedulerGrain, ISchedulerNews
{
    private static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan SilentAfter = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);

    /// <summary>A lease that the worker does not speak of is given again only when no earlier word of the worker can still be under way.</summary>
    private static readonly TimeSpan LeaseSettles = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan TellAgainAfter = TimeSpan.FromSeconds(1);
    private const int TellAttempts = 5;

    private readonly IPersistentState<DeviceSchedulerState> _state;
    private readonly IClusterMembershipService _membership;
    private readonly TimeProvider _time;
    private readonly ILogger<DeviceSchedulerGrain> _logger;
    private readonly SortedDictionary<string, DeviceInfo> _devices = new(StringComparer.Ordinal);
    /// <summary>When lost work was first submitted: it does not lose its place. Kept in memory only, for fairness and nothing else.</summary>
    private readonly Dictionary<string, DateTimeOffset> _lost = [];
    private readonly Queue<(string Owner, string WorkId, long Generation, bool Orderly)> _toTell = [];
    private DateTimeOffset _activatedAt;

    public DeviceSchedulerGrain(
        [PersistentState("device-scheduler", "Default")] IPersistentState<DeviceSchedulerState> state,
        IClusterMembershipService membership,
        TimeProvider time,
        ILogger<DeviceSchedulerGrain> logger)
    {
        _state = state;
        _membership = membership;
        _time = time;
        _logger = logger;
    }

    private DeviceSchedulerState State => _state.State;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _activatedAt = _time.GetUtcNow();
        this.RegisterGrainTimer(static (grain, _) => grain.Tick(), this, TickInterval, TickInterval);
        return Task.CompletedTask;
    }

    public async Task Submit(WorkAssignment work)
    {
        var present = State.Work.FirstOrDefault(w => w.WorkId == work.WorkId);
        if (present is not null && present.Generation >= work.Generation) return;
        // Same (work, generation) that was withdrawn and still stops is not queued again under a fence that is in use.
        if (State.Leases.Any(l => l.WorkId == work.WorkId && l.Generation >= work.Generation)) return;
        if (present is not null) State.Work.Remove(present);
        StopLeases(work.WorkId, work.Generation - 1);
        var since = present?.SubmittedAt ?? (_lost.Remove(work.WorkId, out var lostPlace) ? lostPlace : _time.GetUtcNow());
        var place = State.Work.FindIndex(w => w.SubmittedAt > since);
        State.Work.Insert(place < 0 ? State.Work.Count : place, new ScheduledWork
        {
            WorkId = work.WorkId,
            Generation = work.Generation,
            Kind = work.Kind,
            Document = work.Document,
            Owner = work.Owner.GetGrainId().ToString(),
            SubmittedAt = since,
        });
        await AssignAndSave(changed: true);
    }

    public async Task Withdraw(string workId, long generation)
    {
        var removed = State.Work.RemoveAll(w => w.WorkId == workId && w.Generation <= generation);
        var stopped = StopLeases(workId, generation);
        if (removed > 0 || stopped) await AssignAndSave(changed: true);
    }

    public async Task Announce(DeviceInfo device)
    {
        var now = _time.GetUtcNow();
        _devices[device.Worker] = device with { LastSeen = now };
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
                if (!lease.Stopping && WorkOf(lease) is { } work) Send(lease, work);
                else if (device.Work is null) changed |= State.Leases.Remove(lease);
            }
        }
        if (device.Work is { } running && !State.Leases.Any(l => l.Worker == device.Worker && l.WorkId == running))
        {
            // It was taken for lost meanwhile and is not wanted there; a newer generation of it may be.
            var newest = State.Work.FirstOrDefault(w => w.WorkId == running)?.Generation ?? long.MaxValue;
            _ = TellStop(device.Worker, running, newest - 1);
        }
        await AssignAndSave(changed);
    }

    public async Task Released(string worker, string workId, long generation)
    {
        var changed = State.Leases.RemoveAll(l => l.Worker == worker && l.WorkId == workId && l.Generation <= generation) > 0;
        if (!State.Leases.Any(l => l.WorkId == workId && l.Generation == generation))
            changed |= State.Work.RemoveAll(w => w.WorkId == workId && w.Generation <= generation) > 0;
        if (_devices.TryGetValue(worker, out var device) && device.Work == workId) _devices[worker] = device with { Work = null };
        await AssignAndSave(changed);
    }

    public Task<QueuedWork?> Find(string workId)
    {
        if (State.Work.FirstOrDefault(w => w.WorkId == workId) is { } work) return Task.FromResult<QueuedWork?>(Describe(work));
        var stopping = State.Leases.Where(l => l.WorkId == workId).MaxBy(l => l.Generation);
        return Task.FromResult(stopping is null ? null : new QueuedWork
        {
            WorkId = workId,
            Generation = stopping.Generation,
            Worker = stopping.Worker,
            Reason = "is being stopped",
            SubmittedAt = stopping.Since,
        });
    }

    public Task<IReadOnlyList<DeviceInfo>> GetDevices() => Task.FromResult<IReadOnlyList<DeviceInfo>>(
        [.. _devices.Values.Select(d => d with { Work = LeaseOn(d.Worker)?.WorkId ?? d.Work })]);

    public Task<IReadOnlyList<QueuedWork>> GetQueue() => Task.FromResult<IReadOnlyList<QueuedWork>>([.. State.Work.Select(Describe)]);

    async Task ISchedulerNews.Refused(string worker, string workId, long generation)
    {
        if (LeaseOf(worker, workId, generation) is not { } lease) return;
        LogRefused(worker, workId);
        State.Leases.Remove(lease);
        // Out of the choice until it announces itself again.
        _devices.Remove(worker);
        await AssignAndSave(changed: true);
    }

    async Task ISchedulerNews.Unreachable(string worker, string workId, long generation)
    {
        if (LeaseOf(worker, workId, generation) is not { } lease) return;
        _devices.Remove(worker);
        Lose(lease, orderly: true);
        await AssignAndSave(changed: true);
    }

    async Task ISchedulerNews.Gone(string worker, string incarnation)
    {
        if (_devices.TryGetValue(worker, out var device) && device.Incarnation == incarnation && _time.GetUtcNow() - device.LastSeen < SilentAfter) return;
        _devices.Remove(worker);
        var lost = State.Leases.Where(l => l.Worker == worker && l.Incarnation == incarnation).ToList();
        foreach (var lease in lost) Lose(lease, orderly: false);
        await AssignAndSave(lost.Count > 0);
    }

    private async Task Tick()
    {
        var now = _time.GetUtcNow();
        var active = _membership.CurrentSnapshot.Members.Values
            .Where(m => m.Status is SiloStatus.Active or SiloStatus.ShuttingDown or SiloStatus.Stopping)
            .Select(m => m.Name).ToHashSet();
        foreach (var gone in _devices.Keys.Where(w => !active.Contains(WorkerKey.SiloOf(w))).ToList()) _devices.Remove(gone);
        var lost = State.Leases.Where(l => !active.Contains(WorkerKey.SiloOf(l.Worker))).ToList();
        foreach (var lease in lost) Lose(lease, orderly: false);
        foreach (var lease in State.Leases)
        {
            var heard = _devices.TryGetValue(lease.Worker, out var device) ? device.LastSeen : _activatedAt;
            if (now - heard > SilentAfter) _ = Probe(lease.Worker, lease.Incarnation);
        }
        await AssignAndSave(lost.Count > 0);
    }

    /// <summary>Gives free devices to waiting work; what was changed is durable before anybody is told.</summary>
    private async Task AssignAndSave(bool changed)
    {
        var given = new List<(DeviceLease, ScheduledWork)>();
        foreach (var work in State.Work.Where(w => !State.Leases.Any(l => l.WorkId == w.WorkId && l.Generation == w.Generation)).ToList())
        {
            if (FreeDevice() is not { } device) break;
            var lease = new DeviceLease
            {
                Worker = device.Worker,
                Incarnation = device.Incarnation,
                WorkId = work.WorkId,
                Generation = work.Generation,
                Since = _time.GetUtcNow(),
            };
            State.Leases.Add(lease);
            given.Add((lease, work));
        }
        if (changed || given.Count > 0) await this.Save(_state, _logger);
        foreach (var (lease, work) in given) Send(lease, work);
        foreach (var lease in State.Leases.Where(l => l.Stopping)) _ = TellStop(lease.Worker, lease.WorkId, lease.Generation);
        while (_toTell.TryDequeue(out var report)) _ = TellLost(report.Owner, report.WorkId, report.Generation, report.Orderly);
    }

    private DeviceInfo? FreeDevice() => _devices.Values.FirstOrDefault(d => d.Work is null && LeaseOn(d.Worker) is null);

    private bool StopLeases(string workId, long generation)
    {
        var any = false;
        foreach (var lease in State.Leases.Where(l => l.WorkId == workId && l.Generation <= generation && !l.Stopping)) any = lease.Stopping = true;
        return any;
    }

    private void Lose(DeviceLease lease, bool orderly)
    {
        LogLost(lease.WorkId, lease.Generation, lease.Worker);
        State.Leases.Remove(lease);
        if (lease.Stopping || WorkOf(lease) is not { } work) return;
        // The owner queues it again under its next generation; where it cannot be told it finds out when it is woken.
        State.Work.Remove(work);
        _lost[work.WorkId] = work.SubmittedAt;
        _toTell.Enqueue((work.Owner, work.WorkId, work.Generation, orderly));
    }

    private void Send(DeviceLease lease, ScheduledWork work) => _ = TellRun(lease.Worker, new WorkAssignment
    {
        WorkId = work.WorkId,
        Generation = work.Generation,
        Kind = work.Kind,
        Document = work.Document,
        Owner = GrainFactory.GetGrain<IWorkOwner>(GrainId.Parse(work.Owner)),
    });

    private async Task TellRun(string worker, WorkAssignment work)
    {
        var self = this.AsReference<ISchedulerNews>();
        try
        {
            if (!await Worker(worker).Run(work).WaitAsync(CallTimeout, _time)) await self.Refused(worker, work.WorkId, work.Generation);
        }
        catch (Exception e)
        {
            LogUnreachable(e, worker);
            await self.Unreachable(worker, work.WorkId, work.Generation);
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

    private async Task TellLost(string owner, string workId, long generation, bool orderly)
    {
        var report = new WorkReport { WorkId = workId, Generation = generation, State = WorkState.Lost, Orderly = orderly };
        for (var attempt = 1; attempt <= TellAttempts; attempt++)
        {
            try
            {
                await GrainFactory.GetGrain<IWorkOwner>(GrainId.Parse(owner)).Report(report).WaitAsync(CallTimeout, _time);
                return;
            }
            catch (Exception e)
            {
                LogOwnerUnreachable(e, workId, attempt);
                await Task.Delay(TellAgainAfter, _time);
            }
        }
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

    private QueuedWork Describe(ScheduledWork work)
    {
        var lease = State.Leases.FirstOrDefault(l => l.WorkId == work.WorkId && l.Generation == work.Generation);
        return new QueuedWork
        {
            WorkId = work.WorkId,
            Generation = work.Generation,
            Worker = lease?.Worker,
            Reason = lease is null ? WhyWaiting(work) : null,
            SubmittedAt = work.SubmittedAt,
        };
    }

    private string WhyWaiting(ScheduledWork work)
    {
        if (_devices.Count == 0) return "no device: start a silo with Pgm:Devices=auto";
        var busy = _devices.Keys.Select(LeaseOn).OfType<DeviceLease>().MinBy(l => l.Since);
        var ahead = State.Work.TakeWhile(w => w != work).Count(w => !State.Leases.Any(l => l.WorkId == w.WorkId && l.Generation == w.Generation));
        return $"waits for a device: {_devices.Count} device{(_devices.Count == 1 ? "" : "s")}"
            + (busy is null ? "" : $", busy with {busy.WorkId} since {busy.Since:HH:mm:ss} UTC")
            + (ahead == 0 ? "" : $", {ahead} before it");
    }

    private ScheduledWork? WorkOf(DeviceLease lease) => State.Work.FirstOrDefault(w => w.WorkId == lease.WorkId && w.Generation == lease.Generation);

    private DeviceLease? LeaseOn(string worker) => State.Leases.FirstOrDefault(l => l.Worker == worker);

    private DeviceLease? LeaseOf(string worker, string workId, long generation) =>
        State.Leases.FirstOrDefault(l => l.Worker == worker && l.WorkId == workId && l.Generation == generation);

    private IGpuWorkerGrain Worker(string worker) => GrainFactory.GetGrain<IGpuWorkerGrain>(worker);
}

using PgmCluster.Contracts.Devices;

namespace PgmCluster.Grains.Scheduling;

/// <summary>
/// The scheduler's queue and leases, and the rules by which they change. Calls nobody and stores nothing: who holds it saves the state
/// first, and then tells what came of it.
/// </summary>
/// <param name="current">The state; another object once a save has failed.</param>
/// <param name="logger">Of the scheduler.</param>
internal sealed class SchedulerLedger(Func<DeviceSchedulerState> current, ILogger logger)
{
    /// <summary>
    /// A lease that the worker does not speak of is given again only when no earlier word of the worker can still be under way.
    /// </summary>
    private static readonly TimeSpan LeaseSettles = TimeSpan.FromSeconds(8);

    /// <summary>A gang whose member ended by itself is probably done: it is given nobody new for so long.</summary>
    private static readonly TimeSpan GrowthPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PlaceKept = TimeSpan.FromHours(1);

    /// <summary>
    /// When lost work was first submitted: it does not lose its place. Kept in memory only, for fairness and nothing else.
    /// </summary>
    private readonly Dictionary<string, (DateTimeOffset SubmittedAt, DateTimeOffset LostAt)> _places = [];
    private readonly Dictionary<string, DateTimeOffset> _notGrowingUntil = [];

    /// <summary>Work that was lost under a generation, and whose owner does not know yet.</summary>
    private readonly HashSet<(string WorkId, long Generation)> _untold = [];

    /// <summary>Losses that owners are yet to be told.</summary>
    public Queue<WorkLoss> Losses { get; } = [];

    private DeviceSchedulerState State => current();

    /// <summary>Queues work under its place; nothing where it is known, or still being stopped.</summary>
    /// <returns>Whether it was queued.</returns>
    public bool Submit(WorkAssignment work, DateTimeOffset now)
    {
        var present = State.Work.FirstOrDefault(w => w.WorkId == work.WorkId);
        if (present is not null && present.Generation >= work.Generation) return false;
        // Same (work, generation) that was withdrawn and still stops is not queued again under a fence that is in use.
        if (State.Leases.Any(l => l.WorkId == work.WorkId && l.Generation >= work.Generation)) return false;
        // An owner that has just come back submits what it last knew of. The news of its loss is on the way, and would end what began anew.
        if (_untold.Contains((work.WorkId, work.Generation))) return false;
        if (present is not null) State.Work.Remove(present);
        Stop(work.WorkId, work.Generation - 1);
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
        return true;
    }

    /// <summary>The work is queued durably: nothing has to be remembered of its place.</summary>
    public void ForgetPlace(string workId) => _places.Remove(workId);

    /// <summary>The owner knows of a loss, or cannot be told and finds out by itself.</summary>
    public void Told(WorkLoss loss) => _untold.Remove((loss.Report.WorkId, loss.Report.Generation));

    /// <summary>The losses were not stored: they are found again from the leases that are back.</summary>
    public void ForgetLosses()
    {
        Losses.Clear();
        _untold.Clear();
    }

    /// <returns>Whether there was such work.</returns>
    public bool Withdraw(string workId, long generation)
    {
        var removed = State.Work.RemoveAll(w => w.WorkId == workId && w.Generation <= generation);
        return Stop(workId, generation) || removed > 0;
    }

    /// <summary>A worker has ended work.</summary>
    /// <returns>Whether it had a lease of it.</returns>
    public bool Release(string worker, string workId, long generation, long lease, DateTimeOffset now)
    {
        var released = State.Leases
            .Where(
                l => l.Worker == worker && l.WorkId == workId && l.Generation <= generation && (lease == 0 || l.Number <= lease)).ToList();
        foreach (var one in released)
        {
            End(one, now);
            // The owner of a gang cannot know from the member's own report whether others go on.
            if (one.Stopping && WorkOf(one) is { MaxWorkers: > 1 } gang)
                AddLoss(gang, one, State.Leases.Count(l => IsOf(gang, l) && !l.Stopping), orderly: true);
        }
        if (!State.Leases.Any(l => l.WorkId == workId && l.Generation == generation))
        {
            var ended = State.Work.Where(w => w.WorkId == workId && w.Generation <= generation).ToList();
            foreach (var work in ended) State.Work.Remove(work);
            // What had to make room comes back under its next generation.
            if (released.Any(l => l.Stopping)) ended.ForEach(work => KeepPlace(work, now));
        }
        else if (released.Any(l => !l.Stopping))
        {
            _notGrowingUntil[workId] = now + GrowthPause;
        }
        return released.Count > 0;
    }

    /// <summary>Brings the leases on a device in line with what it says of itself.</summary>
    /// <param name="device">As it announced itself.</param>
    /// <param name="now">By the scheduler's clock.</param>
    /// <param name="again">Receives leases of which the device has to be told again.</param>
    /// <returns>Whether a lease was lost.</returns>
    public bool Compare(DeviceInfo device, DateTimeOffset now, List<(DeviceLease Lease, ScheduledWork Work)> again)
    {
        var changed = false;
        foreach (var lease in State.Leases.Where(l => l.Worker == device.Worker).ToList())
        {
            if (lease.Incarnation != device.Incarnation)
            {
                Lose(lease, orderly: false, now);
                changed = true;
            }
            else if (device.Work != lease.WorkId && now - lease.Since > LeaseSettles)
            {
                // The order to start, or the news of the end, was lost on the way.
                if (!lease.Stopping && WorkOf(lease) is { } work)
                {
                    again.Add((lease, work));
                }
                else if (device.Work is null)
                {
                    Lose(lease, orderly: true, now);
                    changed = true;
                }
            }
        }
        return changed;
    }

    /// <summary>The generation up to which a device has to stop what it runs without a lease; null where it may run.</summary>
    public long? Unwanted(DeviceInfo device)
    {
        if (device.Work is not { } running || State.Leases.Any(l => l.Worker == device.Worker && l.WorkId == running)) return null;
        // It was taken for lost meanwhile and is not wanted there; a newer generation of it may be.
        var newest = State.Work.FirstOrDefault(w => w.WorkId == running);
        return newest is null ? long.MaxValue : newest.MaxWorkers > 1 ? newest.Generation : newest.Generation - 1;
    }

    /// <summary>Carries out what was planned.</summary>
    /// <param name="plan">Of this state.</param>
    /// <param name="incarnation">The life of a worker's process.</param>
    /// <param name="now">By the scheduler's clock.</param>
    /// <param name="given">Receives the leases that were given.</param>
    /// <returns>Whether anything changed.</returns>
    public bool Apply(
        PlacementPlan plan, Func<string, string> incarnation, DateTimeOffset now, List<(DeviceLease Lease, ScheduledWork Work)> given)
    {
        foreach (var placement in plan.Placements)
        {
            var work = placement.Work;
            if (!State.Leases.Any(l => IsOf(work, l))) (work.GrantedPriority, work.GrantedAt) = (placement.Priority, now);
            var lease = new DeviceLease
            {
                Worker = placement.Worker,
                Incarnation = incarnation(placement.Worker),
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
            SchedulerLog.Preempted(logger, lease.WorkId, lease.Worker, preemptor);
            lease.Stopping = true;
        }
        var reserved = !plan.Reservations.SequenceEqual(State.Reservations);
        if (reserved) State.Reservations = [.. plan.Reservations];
        return reserved || given.Count > 0 || plan.Preemptions.Count > 0;
    }

    /// <summary>A lease ends and counts as use of its user.</summary>
    public void End(DeviceLease lease, DateTimeOffset now)
    {
        State.Leases.Remove(lease);
        var usage = State.Usage.FirstOrDefault(u => u.User == lease.User);
        if (usage is null) State.Usage.Add(usage = new UserUsage { User = lease.User, AsOf = now });
        (usage.Seconds, usage.AsOf) = (usage.At(now) + UserUsage.Of(now - lease.Since), now);
        State.Usage.RemoveAll(u => u.At(now) < 1);
    }

    /// <summary>A lease ends without its work; with its last lease the work leaves the queue, until its owner queues it again.</summary>
    public void Lose(DeviceLease lease, bool orderly, DateTimeOffset now)
    {
        SchedulerLog.Lost(logger, lease.WorkId, lease.Generation, lease.Worker);
        End(lease, now);
        if (WorkOf(lease) is not { } work) return;
        var others = State.Leases.Where(l => IsOf(work, l)).ToList();
        var remaining = others.Count(l => !l.Stopping);
        if (remaining == 0)
        {
            // The last of those that make room speaks for them all.
            if (lease.Stopping && others.Count > 0) return;
            // The owner queues it again under its next generation; where it cannot be told it finds out when it is woken.
            State.Work.Remove(work);
            KeepPlace(work, now);
            _untold.Add((work.WorkId, work.Generation));
            foreach (var other in others) other.Stopping = true;
        }
        AddLoss(work, lease, remaining, orderly || lease.Stopping);
    }

    /// <summary>Forgets what no longer counts.</summary>
    public void Tidy(DateTimeOffset now)
    {
        foreach (var old in _places.Where(p => now - p.Value.LostAt > PlaceKept).ToList()) _places.Remove(old.Key);
        foreach (var over in _notGrowingUntil.Where(p => p.Value <= now).ToList()) _notGrowingUntil.Remove(over.Key);
    }

    /// <summary>Gangs that are given nobody new at the moment.</summary>
    public IReadOnlySet<string> NotGrowing(DateTimeOffset now) => _notGrowingUntil.Where(p => p.Value > now).Select(p => p.Key).ToHashSet();

    /// <summary>Decayed device-seconds by user, of leases that have ended and of those that last.</summary>
    public Dictionary<string, double> Usage(DateTimeOffset now)
    {
        var usage = State.Usage.ToDictionary(u => u.User, u => u.At(now));
        foreach (var lease in State.Leases) usage[lease.User] = usage.GetValueOrDefault(lease.User) + UserUsage.Of(now - lease.Since);
        return usage;
    }

    public ScheduledWork? WorkOf(DeviceLease lease) => State.Work.FirstOrDefault(w => IsOf(w, lease));

    public IEnumerable<DeviceLease> LeasesOf(ScheduledWork work) => State.Leases.Where(l => IsOf(work, l));

    public DeviceLease? LeaseOn(string worker) => State.Leases.FirstOrDefault(l => l.Worker == worker);

    public DeviceLease? LeaseOf(string worker, long number) => State.Leases.FirstOrDefault(l => l.Worker == worker && l.Number == number);

    private bool Stop(string workId, long generation)
    {
        var any = false;
        foreach (var lease in State.Leases.Where(l => l.WorkId == workId && l.Generation <= generation && !l.Stopping))
            any = lease.Stopping = true;
        return any;
    }

    private void AddLoss(ScheduledWork work, DeviceLease lost, int remaining, bool orderly) =>
        Losses.Enqueue(new WorkLoss(work.Owner, new WorkReport
        {
            WorkId = work.WorkId,
            Generation = work.Generation,
            State = WorkState.Lost,
            Orderly = orderly,
            Worker = lost.Worker,
            Remaining = remaining,
        }));

    private void KeepPlace(ScheduledWork work, DateTimeOffset now) => _places[work.WorkId] = (work.SubmittedAt, now);

    private static bool IsOf(ScheduledWork work, DeviceLease lease) => lease.WorkId == work.WorkId && lease.Generation == work.Generation;
}

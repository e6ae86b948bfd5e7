using PgmCluster.Contracts.Devices;
using PgmCluster.Grains.Options;
using PgmCluster.Grains.Protocol;
using PgmCluster.Grains.Scheduling.Roster;
using PgmCluster.Grains.Scheduling.Rows;

namespace PgmCluster.Grains.Scheduling;

/// <summary>
/// The rules by which the scheduler's queue and leases change. Calls nobody and stores nothing: who holds it saves the queue first, and
/// then tells what came of it.
/// </summary>
/// <param name="queue">What is changed.</param>
/// <param name="timings">How long is waited for what.</param>
/// <param name="logger">Of the scheduler.</param>
internal sealed class SchedulerLedger(WorkQueue queue, Timings timings, ILogger logger)
{
    private static readonly TimeSpan PlaceKept = TimeSpan.FromHours(1);

    /// <summary>
    /// When lost work was first submitted: it does not lose its place. Kept in memory only, for fairness and nothing else.
    /// </summary>
    private readonly Dictionary<string, (ScheduledWork Work, DateTimeOffset LostAt)> _places = [];
    private readonly Dictionary<string, DateTimeOffset> _notGrowingUntil = [];

    /// <summary>Queues work under its place; nothing where it is known, or still being stopped.</summary>
    public void Submit(WorkAssignment work, DateTimeOffset now)
    {
        var present = queue.Find(work.WorkId);
        if (present is not null && present.Generation >= work.Generation) return;
        // Same (work, generation) that was withdrawn and still stops is not queued again under a fence that is in use.
        if (queue.LeasesOf(work.WorkId).Any(l => l.Generation >= work.Generation)) return;
        // An owner that has just come back submits what it last knew of. The news of its loss is on the way, and would end what began anew.
        if (queue.LossesOf(work.WorkId).Any(l => l.Remaining == 0 && l.Generation >= work.Generation)) return;
        // Of an older generation it refuses all news.
        ForgetLosses(work.WorkId, work.Generation - 1);
        Stop(work.WorkId, work.Generation - 1);
        var place = present ?? _places.GetValueOrDefault(work.WorkId).Work;
        queue.Put(new ScheduledWork
        {
            WorkId = work.WorkId,
            Generation = work.Generation,
            Kind = work.Kind,
            Owner = work.Owner.GetGrainId().ToString(),
            SubmittedAt = place?.SubmittedAt ?? now,
            Number = place?.Number ?? 0,
            MinWorkers = Math.Max(1, work.MinWorkers),
            MaxWorkers = Math.Max(Math.Max(1, work.MinWorkers), work.MaxWorkers),
            Priority = work.Priority,
            User = work.User,
            Numerics = work.Numerics,
            WaitingSince = now,
            AfterOlder = work is { AfterOlder: true, MinWorkers: <= 1, MaxWorkers: <= 1 },
        }, work.Document);
    }

    /// <summary>
    /// The newest generation under which work is queued, placed, being stopped, or lost without its owner's knowledge: an owner that asks in
    /// between waits for the news, which counts the loss, and does not begin anew beside it. 0 where it is unknown.
    /// </summary>
    public long GenerationOf(string workId) => queue.LeasesOf(workId).Select(l => l.Generation)
        .Concat(queue.LossesOf(workId).Where(l => l.Remaining == 0).Select(l => l.Generation))
        .Append(queue.Find(workId)?.Generation ?? 0).Max();

    /// <summary>The work is queued durably: nothing has to be remembered of its place.</summary>
    public void ForgetPlace(string workId) => _places.Remove(workId);

    public void Withdraw(string workId, long generation)
    {
        if (queue.Find(workId) is { } work && work.Generation <= generation) queue.Remove(work);
        Stop(workId, generation);
        // Its owner does not go by them any more, and must not be taken for one that a device still works for.
        ForgetLosses(workId, generation);
    }

    /// <summary>A worker has ended work.</summary>
    /// <param name="worker">Its key.</param>
    /// <param name="workId">What it did.</param>
    /// <param name="generation">Up to which.</param>
    /// <param name="lease">Up to which; 0 for any.</param>
    /// <param name="stays">It can begin something else. One that leaves has ended nothing: the gang lacks it.</param>
    /// <param name="now">By the scheduler's clock.</param>
    public void Release(string worker, string workId, long generation, long lease, bool stays, DateTimeOffset now)
    {
        var released = queue.LeasesOf(workId)
            .Where(l => l.Worker == worker && l.Generation <= generation && (lease == 0 || l.Number <= lease)).ToList();
        foreach (var one in released)
        {
            End(one, now);
            // The owner of a gang cannot know from the member's own report whether others go on.
            if (one.Stopping && queue.WorkOf(one) is { MaxWorkers: > 1 } gang)
                AddLoss(gang, one, queue.LeasesOf(gang).Count(l => !l.Stopping), orderly: true, now);
        }
        if (!queue.LeasesOf(workId).Any(l => l.Generation == generation))
        {
            if (queue.Find(workId) is not { } ended || ended.Generation > generation) return;
            queue.Remove(ended);
            // What had to make room comes back under its next generation.
            if (released.Any(l => l.Stopping)) KeepPlace(ended, now);
        }
        else if (stays && released.Any(l => !l.Stopping))
        {
            _notGrowingUntil[workId] = now + timings.GrowthPause;
        }
    }

    /// <summary>Brings the leases on a device in line with what it says of itself.</summary>
    /// <param name="device">As it was last heard of.</param>
    /// <param name="now">By the scheduler's clock.</param>
    /// <param name="again">Receives leases of which the device has to be told again.</param>
    public void Compare(RosterDevice device, DateTimeOffset now, List<(DeviceLease Lease, ScheduledWork Work)> again)
    {
        foreach (var lease in queue.LeasesOn(device.Worker))
        {
            if (lease.Incarnation != device.Info.Incarnation)
            {
                Lose(lease, orderly: false, now);
            }
            else if (device.Info.Work != lease.WorkId && device.LastSeen - lease.Since > timings.LeaseSettles)
            {
                // The order to start, or the news of the end, was lost on the way: no earlier word of the worker can still be.
                if (!lease.Stopping && queue.WorkOf(lease) is { } work) again.Add((lease, work));
                else if (device.Info.Work is null) Lose(lease, orderly: true, now);
            }
        }
    }

    /// <summary>The generation up to which a device has to stop what it runs without a lease; null where it may run.</summary>
    public long? Unwanted(DeviceInfo device)
    {
        if (device.Work is not { } running || queue.LeasesOn(device.Worker).Any(l => l.WorkId == running)) return null;
        // It was taken for lost meanwhile and is not wanted there; a newer generation of it may be.
        var newest = queue.Find(running);
        return newest is null ? long.MaxValue : newest.MaxWorkers > 1 ? newest.Generation : newest.Generation - 1;
    }

    /// <summary>Carries out what was planned.</summary>
    /// <param name="plan">Of this state.</param>
    /// <param name="incarnation">The life of a worker's process.</param>
    /// <param name="now">By the scheduler's clock.</param>
    /// <param name="given">Receives the leases that were given.</param>
    public void Apply(
        PlacementPlan plan, Func<string, string> incarnation, DateTimeOffset now, List<(DeviceLease Lease, ScheduledWork Work)> given)
    {
        foreach (var (worker, work, priority) in plan.Placements)
        {
            var first = queue.LeasesOf(work).FirstOrDefault();
            var lease = new DeviceLease
            {
                Worker = worker,
                Number = queue.NextLease(),
                Incarnation = incarnation(worker),
                WorkId = work.WorkId,
                Generation = work.Generation,
                Since = now,
                User = work.User,
                GrantedPriority = first?.GrantedPriority ?? priority,
                GrantedAt = first?.GrantedAt ?? now,
            };
            queue.Put(lease);
            given.Add((lease, work));
        }
        foreach (var (lease, preemptor) in plan.Preemptions)
        {
            SchedulerLog.Preempted(logger, lease.WorkId, lease.Worker, preemptor);
            queue.Put(lease with { Stopping = true });
        }
        queue.Reserve(plan.Reservations);
    }

    /// <summary>A lease ends and counts as use of its user.</summary>
    public void End(DeviceLease lease, DateTimeOffset now)
    {
        queue.Remove(lease);
        var usage = queue.UsageOf(lease.User) ?? new UserUsage { User = lease.User, AsOf = now };
        queue.Put(usage with { Seconds = usage.At(now) + UserUsage.Of(now - lease.Since), AsOf = now });
        foreach (var forgotten in queue.Usage.Where(u => u.At(now) < 1).ToList()) queue.Remove(forgotten);
    }

    /// <summary>A lease ends without its work; with its last lease the work leaves the queue, until its owner queues it again.</summary>
    public void Lose(DeviceLease lease, bool orderly, DateTimeOffset now)
    {
        // Losing another one of the same work may have changed it.
        if (queue.LeaseOf(lease.Worker, lease.Number) is not { } present) return;
        lease = present;
        SchedulerLog.Lost(logger, lease.WorkId, lease.Generation, lease.Worker);
        End(lease, now);
        if (queue.WorkOf(lease) is not { } work) return;
        var others = queue.LeasesOf(work).ToList();
        var remaining = others.Count(l => !l.Stopping);
        if (remaining == 0)
        {
            // The last of those that make room speaks for them all.
            if (lease.Stopping && others.Count > 0) return;
            // The owner queues it again under its next generation.
            queue.Remove(work);
            KeepPlace(work, now);
        }
        AddLoss(work, lease, remaining, orderly || lease.Stopping, now);
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
        var usage = queue.Usage.ToDictionary(u => u.User, u => u.At(now));
        foreach (var lease in queue.Leases) usage[lease.User] = usage.GetValueOrDefault(lease.User) + UserUsage.Of(now - lease.Since);
        return usage;
    }

    private void Stop(string workId, long generation)
    {
        foreach (var lease in queue.LeasesOf(workId).Where(l => l.Generation <= generation && !l.Stopping))
            queue.Put(lease with { Stopping = true });
    }

    private void ForgetLosses(string workId, long generation)
    {
        foreach (var loss in queue.LossesOf(workId).Where(l => l.Generation <= generation)) queue.Remove(loss);
    }

    /// <summary>Stored with what it is the news of: whoever has the queue next tells the owner.</summary>
    private void AddLoss(ScheduledWork work, DeviceLease lost, int remaining, bool orderly, DateTimeOffset now) => queue.Put(new LeaseLoss
    {
        Worker = lost.Worker,
        Number = lost.Number,
        Incarnation = lost.Incarnation,
        WorkId = work.WorkId,
        Generation = work.Generation,
        Owner = work.Owner,
        Remaining = remaining,
        Orderly = orderly,
        LostAt = now,
    });

    private void KeepPlace(ScheduledWork work, DateTimeOffset now) => _places[work.WorkId] = (work, now);
}

using PgmCluster.Contracts.Devices;
using PgmCluster.Grains.Metering;
using PgmCluster.Grains.Options;
using PgmCluster.Grains.Scheduling.Roster;
using PgmCluster.Grains.Scheduling.Rows;

namespace PgmCluster.Grains.Scheduling;

/// <summary>
/// Makes plans of what the scheduler knows. Its queue is kept in such an order that a plan looks at devices, at what they do and at the
/// first of each line, however long the queue is.
/// </summary>
internal sealed class Planning(
    WorkQueue queue, SchedulerLedger ledger, DeviceRoster roster, Timings timings, UserQuotas quotas) : IDisposable
{
    private readonly SchedulerReadings _readings = new();
    private readonly SchedulingPolicy _policy = new() { GangPatience = timings.GangPatience, Quotas = quotas };

    /// <param name="now">By the scheduler's clock.</param>
    /// <param name="explain">Look at all that waits, and say why it does.</param>
    public PlacementPlan Plan(DateTimeOffset now, bool explain = false)
    {
        PlannedDevice Planned(RosterDevice d) =>
            new(d.Worker, d.Info.Numerics, IsFree(d, now), d.Info.Problem);
        return PlacementPlanner.Plan(
            new SchedulingView
            {
                Now = now,
                Devices = [.. Devices(now).Select(Planned)],
                Work = explain ? queue.Work : queue.Singly,
                Lines = explain ? [] : queue.Lines,
                Leases = queue.Leases,
                Reservations = queue.Reservations,
                Usage = ledger.Usage(now),
                NotGrowing = ledger.NotGrowing(now),
            },
            _policy, explain);
    }

    /// <summary>The devices for people.</summary>
    /// <param name="now">By the scheduler's clock.</param>
    /// <param name="date">By the machine's.</param>
    public IReadOnlyList<DeviceInfo> Describe(DateTimeOffset now, DateTimeOffset date) => [.. Devices(now).Select(d => d.Info with
    {
        Work = queue.LeaseOn(d.Worker)?.WorkId ?? d.Info.Work,
        LastSeen = date - (now - d.LastSeen),
        SecondsSinceSeen = (now - d.LastSeen).TotalSeconds,
    })];

    /// <summary>A plan was carried out: for who listens.</summary>
    /// <param name="now">By the scheduler's clock.</param>
    /// <param name="took">Making it.</param>
    /// <param name="given">The leases that came of it.</param>
    public void Note(DateTimeOffset now, TimeSpan took, IEnumerable<(DeviceLease Lease, ScheduledWork Work)> given)
    {
        SchedulerReadings.Planned(took);
        if (SchedulerReadings.IsAsked) _readings.Saw(Read(now));
        foreach (var (lease, work) in given)
        {
            if (!queue.LeasesOf(work).Any(l => l.Number < lease.Number)) SchedulerReadings.Given(work.User, now - work.Waits);
        }
    }

    public void Dispose() => _readings.Dispose();

    private SchedulerReadings.Reading Read(DateTimeOffset now)
    {
        int free = 0, busy = 0, all = 0;
        foreach (var device in Devices(now))
        {
            all++;
            if (queue.LeaseOn(device.Worker) is not null || device.Info.Work is not null) busy++;
            else if (IsFree(device, now)) free++;
        }
        return new(queue.Waiting(now), free, busy, all - free - busy);
    }

    private bool IsFree(RosterDevice device, DateTimeOffset now) => device.IsIdle && now - device.LastSeen < timings.LeaseTimeout;

    /// <summary>Those that were heard of lately, or have something to do.</summary>
    private IEnumerable<RosterDevice> Devices(DateTimeOffset now) =>
        roster.All.Where(d => now - d.LastSeen <= timings.SilentAfter || queue.LeaseOn(d.Worker) is not null);
}

using PgmCluster.Grains.Scheduling.Rows;

namespace PgmCluster.Grains.Scheduling;

/// <summary>What a piece of work has and may ask for, while a plan is made.</summary>
internal sealed class DeviceClaim
{
    private static readonly List<DeviceLease> None = [];

    /// <param name="work">Waits or runs.</param>
    /// <param name="allLeases">Its leases of any generation.</param>
    /// <param name="now">By the scheduler's clock.</param>
    /// <param name="policy">The times to go by.</param>
    public DeviceClaim(ScheduledWork work, IReadOnlyCollection<DeviceLease> allLeases, DateTimeOffset now, SchedulingPolicy policy)
    {
        Work = work;
        Active = None;
        Waits = true;
        // Of ten thousand that wait none has a lease.
        if (allLeases.Count > 0)
        {
            var leases = allLeases.Where(l => l.Generation == work.Generation).ToList();
            if (work.AfterOlder)
                After = allLeases.Where(l => l.Generation < work.Generation).MinBy(l => l.Worker, StringComparer.Ordinal);
            Active = [.. leases.Where(l => !l.Stopping).OrderByDescending(l => l.Since).ThenBy(l => l.Worker, StringComparer.Ordinal)];
            Have = Active.Count;
            Waits = leases.Count == 0;
            Leaves = Active.Count == 0 && leases.Count > 0;
        }
        var waited = Waits ? now - WaitingSince : TimeSpan.Zero;
        Priority = work.Priority + Math.Max(0, waited.Ticks / policy.AgingStep.Ticks);
        IsOverdue = Waits && work.MinWorkers > 1 && waited >= policy.GangPatience;
        Safety = Active.Count > 0 && now - Active[0].GrantedAt < policy.GrantedFor
            ? Math.Max(work.Priority, Active[0].GrantedPriority)
            : work.Priority;
    }

    public ScheduledWork Work { get; }

    /// <summary>Those like it that wait behind it; null where it stands in no line.</summary>
    public IEnumerator<ScheduledWork>? Behind { get; init; }

    /// <summary>The lease of an older generation that has to end before it gets a device; null where it may have one.</summary>
    public DeviceLease? After { get; }

    /// <summary>Leases that go on, the newest first.</summary>
    public List<DeviceLease> Active { get; }

    /// <summary>Devices with those that this plan gives.</summary>
    public int Have { get; set; }

    /// <summary>It had no device when the plan was begun.</summary>
    public bool Waits { get; }

    /// <summary>All its devices are being taken away.</summary>
    public bool Leaves { get; set; }

    /// <summary>Its own priority and what it gained by waiting.</summary>
    public long Priority { get; }

    /// <summary>A gang at the end of its patience.</summary>
    public bool IsOverdue { get; }

    /// <summary>Only work of a higher priority takes its last devices.</summary>
    public long Safety { get; }

    public string User => Work.User;

    public DateTimeOffset WaitingSince => Work.Waits;

    /// <summary>Devices that it lacks to be what it must be.</summary>
    public int Lacks => Math.Max(0, Work.MinWorkers - Have);

    public bool MayGrow => Have >= Work.MinWorkers && Have < Work.MaxWorkers && !Leaves;

    public bool Fits(DeviceSeat seat) => Work.Numerics is null || Work.Numerics == seat.Numerics;

    /// <summary>It may use what is held back for the other. A strict order among overdue gangs: they never hold up each other.</summary>
    public bool Outranks(DeviceClaim other)
    {
        if (Priority != other.Priority) return Priority > other.Priority;
        if (!IsOverdue || !other.IsOverdue) return false;
        return WaitingSince != other.WaitingSince ? WaitingSince < other.WaitingSince : WorkOrder.Instance.Compare(Work, other.Work) < 0;
    }
}

namespace PgmCluster.Grains.Scheduling.Rows;

/// <summary>All that the scheduler has stored, but for the documents of its work.</summary>
public sealed record SchedulerContent
{
    /// <summary>Counts what was written; 0 where nothing ever was.</summary>
    public long Version { get; init; }

    /// <summary>Leases given so far.</summary>
    public long LastLease { get; init; }

    public IReadOnlyList<ScheduledWork> Work { get; init; } = [];

    public IReadOnlyList<DeviceLease> Leases { get; init; } = [];

    /// <summary>Lost leases of whose loss the owners do not know yet.</summary>
    public IReadOnlyList<LeaseLoss> Losses { get; init; } = [];

    /// <summary>Devices held back for work that waits.</summary>
    public IReadOnlyList<DeviceReservation> Reservations { get; init; } = [];

    /// <summary>What each user had of the devices lately.</summary>
    public IReadOnlyList<UserUsage> Usage { get; init; } = [];

    /// <summary>Times that lie ahead, left by a clock that was ahead, count from now on: nobody waits until they have come.</summary>
    public SchedulerContent NotAfter(DateTimeOffset now)
    {
        DateTimeOffset Least(DateTimeOffset time) => time > now ? now : time;
        return this with
        {
            Work = [.. Work.Select(w => w with { SubmittedAt = Least(w.SubmittedAt), WaitingSince = Least(w.WaitingSince) })],
            Leases = [.. Leases.Select(l => l with { Since = Least(l.Since), GrantedAt = Least(l.GrantedAt) })],
            Losses = [.. Losses.Select(l => l with { LostAt = Least(l.LostAt) })],
            Usage = [.. Usage.Select(u => u with { AsOf = Least(u.AsOf) })],
        };
    }
}

namespace PgmCluster.Grains.Scheduling.Rows;

/// <summary>What is to be written of the scheduler's state: the rows that differ from what is stored, and no others.</summary>
public sealed record SchedulerChange
{
    /// <summary>What it was made from: <see cref="SchedulerContent.Version"/>, or what the last write returned.</summary>
    public required long Version { get; init; }

    /// <summary>Leases given so far.</summary>
    public required long LastLease { get; init; }

    /// <summary>Keys are ids.</summary>
    public RowChanges<string, ScheduledWork> Work { get; init; } = RowChanges<string, ScheduledWork>.None;

    /// <summary>By the id of each work in <see cref="Work"/> that is put: the work item as JSON.</summary>
    public IReadOnlyDictionary<string, string> Documents { get; init; } = new Dictionary<string, string>();

    public RowChanges<(string Worker, long Number), DeviceLease> Leases { get; init; } =
        RowChanges<(string Worker, long Number), DeviceLease>.None;

    public RowChanges<(string Worker, long Number), LeaseLoss> Losses { get; init; } =
        RowChanges<(string Worker, long Number), LeaseLoss>.None;

    /// <summary>Keys are workers.</summary>
    public RowChanges<string, DeviceReservation> Reservations { get; init; } = RowChanges<string, DeviceReservation>.None;

    /// <summary>Keys are users.</summary>
    public RowChanges<string, UserUsage> Usage { get; init; } = RowChanges<string, UserUsage>.None;

    /// <summary>The same where all that is put takes the place of all that is stored.</summary>
    public SchedulerChange InPlaceOf(SchedulerContent stored) => this with
    {
        Version = stored.Version,
        Work = Work.InPlaceOf(stored.Work, w => w.WorkId),
        Leases = Leases.InPlaceOf(stored.Leases, l => (l.Worker, l.Number)),
        Losses = Losses.InPlaceOf(stored.Losses, l => (l.Worker, l.Number)),
        Reservations = Reservations.InPlaceOf(stored.Reservations, r => r.Worker),
        Usage = Usage.InPlaceOf(stored.Usage, u => u.User),
    };
}

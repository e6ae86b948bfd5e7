using PgmCluster.Grains.Scheduling.Rows;

namespace PgmCluster.Grains.Scheduling;

/// <summary>What the scheduler is to do now.</summary>
public sealed record PlacementPlan
{
    /// <summary>Devices to be given.</summary>
    public required IReadOnlyList<Placement> Placements { get; init; }

    /// <summary>Leases whose work is to stop.</summary>
    public required IReadOnlyList<Preemption> Preemptions { get; init; }

    /// <summary>Devices that are held back from now on; takes the place of the earlier ones.</summary>
    public required IReadOnlyList<DeviceReservation> Reservations { get; init; }

    /// <summary>One line by work id: why it waits. Empty unless asked for.</summary>
    public required IReadOnlyDictionary<string, string> Reasons { get; init; }
}

/// <summary>A lease that ends to make room.</summary>
/// <param name="Lease">What ends.</param>
/// <param name="For">Id of the work of higher priority.</param>
public sealed record Preemption(DeviceLease Lease, string For);

/// <summary>A device for a piece of work.</summary>
/// <param name="Worker">Key of its worker.</param>
/// <param name="Work">What it is given to.</param>
/// <param name="Priority">The priority that the work had reached by waiting.</param>
public sealed record Placement(string Worker, ScheduledWork Work, long Priority);

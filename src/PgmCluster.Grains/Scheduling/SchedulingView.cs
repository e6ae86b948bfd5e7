using PgmCluster.Grains.Scheduling.Rows;

namespace PgmCluster.Grains.Scheduling;

/// <summary>All that a plan depends on. The planner changes none of it.</summary>
public sealed record SchedulingView
{
    public required DateTimeOffset Now { get; init; }

    public required IReadOnlyCollection<PlannedDevice> Devices { get; init; }

    /// <summary>Waiting and running work that is looked at one by one, with all for which a device is held.</summary>
    public required IReadOnlyCollection<ScheduledWork> Work { get; init; }

    /// <summary>Work that waits: see <see cref="WaitingLines"/>. What waits and why is explained of <see cref="Work"/> only.</summary>
    public IReadOnlyCollection<IReadOnlyCollection<ScheduledWork>> Lines { get; init; } = [];

    public required IReadOnlyCollection<DeviceLease> Leases { get; init; }

    /// <summary>What an earlier plan held back.</summary>
    public IReadOnlyCollection<DeviceReservation> Reservations { get; init; } = [];

    /// <summary>Decayed device-seconds by user; who is not in it used none.</summary>
    public IReadOnlyDictionary<string, double> Usage { get; init; } = new Dictionary<string, double>();

    /// <summary>Ids of gangs that are given no further device for the moment.</summary>
    public IReadOnlySet<string> NotGrowing { get; init; } = new HashSet<string>();
}

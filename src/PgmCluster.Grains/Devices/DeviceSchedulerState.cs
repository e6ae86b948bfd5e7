using PgmCluster.Grains.Devices.Scheduling;

namespace PgmCluster.Grains.Devices;

/// <summary>State of the scheduler. Devices are not in it: they announce themselves.</summary>
[GenerateSerializer]
public sealed class DeviceSchedulerState
{
    [Id(0)] public int FormatVersion { get; set; } = 1;

    /// <summary>Waiting and running work by time of submission.</summary>
    [Id(1)] public List<ScheduledWork> Work { get; set; } = [];

    [Id(2)] public List<DeviceLease> Leases { get; set; } = [];

    /// <summary>Devices held back for work that waits.</summary>
    [Id(3)] public List<DeviceReservation> Reservations { get; set; } = [];

    /// <summary>What each user had of the devices lately.</summary>
    [Id(4)] public List<UserUsage> Usage { get; set; } = [];

    /// <summary>Leases given so far.</summary>
    [Id(5)] public long LastLease { get; set; }

    /// <summary>A copy that shares nothing which changes.</summary>
    public DeviceSchedulerState Copy() => new()
    {
        FormatVersion = FormatVersion,
        Work = [.. Work.Select(w => w.Copy())],
        Leases = [.. Leases.Select(l => l.Copy())],
        Reservations = [.. Reservations.Select(r => r with { })],
        Usage = [.. Usage.Select(u => new UserUsage { User = u.User, Seconds = u.Seconds, AsOf = u.AsOf })],
        LastLease = LastLease,
    };
}

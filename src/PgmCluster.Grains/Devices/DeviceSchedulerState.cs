namespace PgmCluster.Grains.Devices;

/// <summary>State of the scheduler. Devices are not in it: they announce themselves.</summary>
[GenerateSerializer]
public sealed class DeviceSchedulerState
{
    [Id(0)] public int FormatVersion { get; set; } = 1;

    /// <summary>Waiting and running work by time of submission.</summary>
    [Id(1)] public List<ScheduledWork> Work { get; set; } = [];

    [Id(2)] public List<DeviceLease> Leases { get; set; } = [];
}

using Orleans.CodeGeneration;

namespace PgmCluster.Contracts.Devices;

/// <summary>The devices of the cluster and what they do. One per cluster, key "default".</summary>
[Alias("pgm.IDevicesGrain"), Version(1)]
public interface IDevicesGrain : IGrainWithStringKey
{
    [Alias("GetDevices")]
    Task<IReadOnlyList<DeviceInfo>> GetDevices();

    /// <summary>Everything that waits or runs, by time of submission.</summary>
    [Alias("GetQueue")]
    Task<IReadOnlyList<QueuedWork>> GetQueue();
}

using Orleans.CodeGeneration;

namespace PgmCluster.Contracts.Devices;

/// <summary>The devices of the cluster and what they do. One per cluster, key "default".</summary>
[Alias("pgm.IDevicesGrain"), Version(1)]
public interface IDevicesGrain : IGrainWithStringKey
{
    /// <summary>Every device that has a live silo, whether idle, working or out of order.</summary>
    [Alias("GetDevices")]
    Task<IReadOnlyList<DeviceInfo>> GetDevices();

    /// <summary>Everything that waits or runs, by time of submission.</summary>
    [Alias("GetQueue")]
    Task<IReadOnlyList<QueuedWork>> GetQueue();
}

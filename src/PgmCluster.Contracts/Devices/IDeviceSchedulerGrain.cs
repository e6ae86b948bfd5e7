namespace PgmCluster.Contracts.Devices;

/// <summary>The queue of work and the leases of devices. One per cluster, key "default".</summary>
[Alias("pgm.IDeviceSchedulerGrain")]
public interface IDeviceSchedulerGrain : IGrainWithStringKey
{
    /// <summary>Queues work; the same (work, generation) again changes nothing, a newer generation replaces the older one.</summary>
    [Alias("Submit")]
    Task Submit(WorkAssignment work);

    /// <summary>Takes work out of the queue, or stops it on its device.</summary>
    [Alias("Withdraw")]
    Task Withdraw(string workId, long generation);

    /// <summary>A device is there (again). A new incarnation ends the leases of the old one: their owners are told the work is lost.</summary>
    [Alias("Announce")]
    Task Announce(DeviceInfo device);

    /// <summary>The device is free again.</summary>
    [Alias("Released")]
    Task Released(string worker, string workId, long generation);

    /// <summary>The work as the scheduler knows it, also while it is being stopped; null where it knows nothing of it.</summary>
    [Alias("Find")]
    Task<QueuedWork?> Find(string workId);

    [Alias("GetDevices")]
    Task<IReadOnlyList<DeviceInfo>> GetDevices();

    [Alias("GetQueue")]
    Task<IReadOnlyList<QueuedWork>> GetQueue();
}

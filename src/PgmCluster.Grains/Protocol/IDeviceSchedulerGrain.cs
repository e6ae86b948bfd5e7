using Orleans.CodeGeneration;
using Orleans.Concurrency;
using PgmCluster.Contracts.Devices;
using PgmCluster.Grains.Callers;

namespace PgmCluster.Grains.Protocol;

/// <summary>
/// The queue of work and the leases of devices. One per cluster, key "default". Clients ask <see cref="IDevicesGrain"/>; those of versions
/// that had one interface for both may go on reading here.
/// </summary>
[Alias("pgm.IDeviceSchedulerGrain"), Version(1)]
public interface IDeviceSchedulerGrain : IGrainWithStringKey
{
    /// <summary>
    /// Queues work; the same (work, generation) again changes nothing, a newer generation replaces the older one and keeps its place.
    /// </summary>
    [Alias("Submit")]
    Task Submit(WorkAssignment work);

    /// <summary>The same for many at once, in this order: all are queued, or none. Some hundreds to a call: it is one message.</summary>
    [Alias("SubmitAll")]
    Task Submit(IReadOnlyList<WorkAssignment> work);

    /// <summary>Takes work out of the queue, or stops it on its devices.</summary>
    [Alias("Withdraw")]
    Task Withdraw(string workId, long generation);

    /// <summary>The same for many at once: all of them, or none. Some hundreds to a call: it is one message.</summary>
    [Alias("WithdrawAll")]
    Task Withdraw(IReadOnlyList<WorkGeneration> work);

    /// <summary>
    /// A device is there (again). A new incarnation ends the leases of the old one: their owners are told the work is lost. Waits for no
    /// storage. Called by silos of an older version, for whose devices it is the lease; others send heartbeats, of which the scheduler hears.
    /// </summary>
    [Alias("Announce"), AlwaysInterleave]
    Task Announce(DeviceInfo device);

    /// <summary>The device is free again. Of a gang only this member ends.</summary>
    /// <param name="worker">Key of the worker.</param>
    /// <param name="workId">What it did.</param>
    /// <param name="generation">Its generation.</param>
    /// <param name="lease"><see cref="WorkAssignment.Lease"/>; 0 for any.</param>
    /// <param name="takesNext">The device begins what the answer has for it, or says that it cannot.</param>
    /// <returns>
    /// What the device is given next, where <paramref name="takesNext"/> says that it can be told so; null where there is nothing, or it is
    /// told otherwise. What is lost on the way it is told again, since it does not speak of it.
    /// </returns>
    [Alias("Released")]
    Task<WorkAssignment?> Released(string worker, string workId, long generation, long lease = 0, bool takesNext = false);

    /// <summary>The work as the scheduler knows it, also while it is being stopped; null where it knows nothing of it.</summary>
    [Alias("Find")]
    Task<QueuedWork?> Find(string workId);

    /// <summary>
    /// The newest generation of each work that is queued, placed or being stopped, or was lost and its owner is about to be told, in the
    /// order asked for; 0 where it is unknown.
    /// </summary>
    [Alias("GetGenerations")]
    Task<IReadOnlyList<long>> GetGenerations(IReadOnlyList<string> workIds);

    [Alias("GetDevices"), ForClients]
    Task<IReadOnlyList<DeviceInfo>> GetDevices();

    /// <summary>Everything that waits or runs, by time of submission.</summary>
    [Alias("GetQueue"), ForClients]
    Task<IReadOnlyList<QueuedWork>> GetQueue();
}

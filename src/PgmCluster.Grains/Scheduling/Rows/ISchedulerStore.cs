using Orleans.Storage;

namespace PgmCluster.Grains.Scheduling.Rows;

/// <summary>The scheduler's queue and leases in the state database, a row each.</summary>
public interface ISchedulerStore
{
    /// <summary>All that is stored.</summary>
    Task<SchedulerContent> Read();

    /// <summary>Writes what changed: all of it, or nothing where it throws. It is durable when the call returns.</summary>
    /// <returns>The version from now on.</returns>
    /// <exception cref="InconsistentStateException">
    /// Somebody else has written since <see cref="SchedulerChange.Version"/>: what the change was made from is out of date.
    /// </exception>
    Task<long> Write(SchedulerChange change);

    /// <summary>The work item of queued work as JSON; null where that generation of it is not queued any more.</summary>
    Task<string?> ReadDocument(string workId, long generation);
}

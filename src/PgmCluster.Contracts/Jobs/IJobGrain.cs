using Orleans.CodeGeneration;
using PgmCluster.Contracts.Callers;

namespace PgmCluster.Contracts.Jobs;

/// <summary>What every long work has in common. The key is the job's id.</summary>
[Alias("pgm.IJobGrain"), Version(0)]
public interface IJobGrain : IGrainWithStringKey
{
    /// <exception cref="Errors.NotFoundException">Nothing was ever started under this id.</exception>
    [Alias("GetStatus")]
    Task<JobStatus> GetStatus();

    /// <summary>
    /// Stops the work for good. The phase is durable when the call returns; a job at rest other than Paused or Parked stays as it is.
    /// </summary>
    [Alias("Cancel"), Audited]
    Task<JobStatus> Cancel();

    /// <summary>
    /// Holds the job back: its devices are free for others, and <see cref="Resume"/> goes on from what is durable, with the same results.
    /// A training stops after the present step with a checkpoint; of other jobs what a device has just at hand (a shard, a chunk, some
    /// files) is begun again. The phase is durable when the call returns. Silos of versions before know it for trainings only.
    /// </summary>
    /// <exception cref="Errors.InvalidRequestException">The job is at rest otherwise.</exception>
    [Alias("Pause"), Audited]
    Task<JobStatus> Pause();

    /// <summary>Queues a paused or parked job again, as a new attempt. Changes nothing for one that waits or runs.</summary>
    /// <exception cref="Errors.InvalidRequestException">The job is at rest for good, or its user's quota of jobs is used up.</exception>
    [Alias("Resume"), Audited]
    Task<JobStatus> Resume();

    /// <summary>
    /// The job's changes from now on, the present state first, with a heartbeat (the last event again) every second.
    /// Ends after an event whose phase is at rest (see <see cref="JobPhases.IsAtRest"/>). Use <see cref="JobWatching.WatchToRest"/> from
    /// clients: it survives the loss of the silo.
    /// </summary>
    [Alias("Watch")]
    IAsyncEnumerable<JobEvent> Watch(CancellationToken cancellation);

    /// <summary>
    /// Makes sure that the work goes on, after a restart of its silo or of the whole cluster. Changes nothing for a job at rest.
    /// </summary>
    [Alias("Wake"), ForSilos]
    Task Wake();

    /// <summary>What the job made, and what it was made from, each by hash. What older versions did not record is null.</summary>
    /// <exception cref="Errors.NotFoundException">Nothing was ever started under this id.</exception>
    [Alias("GetOrigin")]
    Task<Origin> GetOrigin();
}

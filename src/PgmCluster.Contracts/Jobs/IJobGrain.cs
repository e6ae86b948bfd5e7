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

using Orleans.CodeGeneration;
using PgmCluster.Contracts.Callers;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Contracts.Training;

/// <summary>One training run. The key is the run's id.</summary>
[Alias("pgm.ITrainingRunGrain"), Version(1)]
public interface ITrainingRunGrain : IJobGrain
{
    /// <summary>
    /// Resolves, records and queues the run. The same request again returns the run as it is, a failed or cancelled one is queued
    /// again from its last checkpoint; a different request under the same id is refused.
    /// </summary>
    /// <exception cref="Errors.InvalidRequestException">Unknown preset or key, bad value, missing dataset or tokens.</exception>
    [Alias("Start"), Audited]
    Task<JobStatus> Start(TrainingRequest request);

    /// <summary>
    /// What <see cref="Start"/> would record for the request, with the facts of its data and devices. Starts and records nothing; the key
    /// does not matter.
    /// </summary>
    /// <exception cref="Errors.InvalidRequestException">What <see cref="Start"/> would refuse.</exception>
    [Alias("Resolve")]
    Task<ResolvedTraining> Resolve(TrainingRequest request);

    /// <summary>The run in full: request, specification, gang, result.</summary>
    /// <exception cref="Errors.NotFoundException">Nothing was ever started under this id.</exception>
    [Alias("GetDetails")]
    Task<TrainingDetails> GetDetails();

    /// <summary>
    /// Gives the run another number of devices: those at work stop after their step, with a checkpoint, and it goes on with as many as there
    /// are within the new bounds. No result depends on it. Of a run at rest it is what it begins again with.
    /// </summary>
    /// <param name="minWorkers">Devices without which it does not start; at least 1.</param>
    /// <param name="maxWorkers">Devices that it may use; at most one for each micro-batch.</param>
    /// <exception cref="Errors.NotFoundException">Nothing was ever started under this id.</exception>
    /// <exception cref="Errors.InvalidRequestException">The bounds cannot be, or the run is completed.</exception>
    [Alias("Resize"), Audited]
    Task<JobStatus> Resize(int minWorkers, int maxWorkers);

    /// <summary>As <see cref="IJobGrain.Pause"/>. It is here as well because older clients and silos know it here only.</summary>
    [Alias("Pause"), Audited]
    new Task<JobStatus> Pause();

    /// <summary>As <see cref="IJobGrain.Resume"/>, and here for the same reason.</summary>
    [Alias("Resume"), Audited]
    new Task<JobStatus> Resume();
}

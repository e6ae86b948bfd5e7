using Orleans.CodeGeneration;
using PgmCluster.Contracts.Callers;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Contracts.Pulls;

/// <summary>One pull of files from the Hub. The key is the job's id.</summary>
[Alias("pgm.IPullJobGrain"), Version(0)]
public interface IPullJobGrain : IJobGrain
{
    /// <summary>
    /// Lists the repository, asks whether its files may be read, then records and queues the job; idempotent like
    /// <see cref="Training.ITrainingRunGrain.Start"/>.
    /// </summary>
    /// <exception cref="Errors.InvalidRequestException">
    /// There is no such repository, revision or file, it may not be read, or there is no room; the message says what to do.
    /// </exception>
    /// <exception cref="Errors.PgmException">The Hub does not answer; trying later may help.</exception>
    [Alias("Start"), ResponseTimeout("00:03:00"), Audited]
    Task<JobStatus> Start(PullRequest request);

    /// <exception cref="Errors.PgmException">The job is not completed.</exception>
    [Alias("GetResult")]
    Task<PullResult> GetResult();
}

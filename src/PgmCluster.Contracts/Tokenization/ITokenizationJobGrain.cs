using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Contracts.Tokenization;

/// <summary>One tokenization: a split cut into shards. The key is the job's id.</summary>
[Alias("pgm.ITokenizationJobGrain")]
public interface ITokenizationJobGrain : IJobGrain
{
    /// <summary>
    /// Records the job and queues its shards; idempotent like <see cref="Training.ITrainingRunGrain.Start"/>. Finished shards are never
    /// redone.
    /// </summary>
    [Alias("Start")]
    Task<JobStatus> Start(TokenizationRequest request);

    /// <exception cref="Errors.PgmException">The job is not completed.</exception>
    [Alias("GetResult")]
    Task<TokenizationResult> GetResult();
}

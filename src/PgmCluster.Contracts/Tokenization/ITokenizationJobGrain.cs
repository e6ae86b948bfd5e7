using Orleans.CodeGeneration;
using PgmCluster.Contracts.Callers;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Contracts.Tokenization;

/// <summary>One tokenization: a split cut into shards. The key is the job's id.</summary>
[Alias("pgm.ITokenizationJobGrain"), Version(0)]
public interface ITokenizationJobGrain : IJobGrain
{
    /// <summary>
    /// Records the job and queues its shards; idempotent like <see cref="Training.ITrainingRunGrain.Start"/>. Finished shards are never
    /// redone.
    /// </summary>
    [Alias("Start"), Audited]
    Task<JobStatus> Start(TokenizationRequest request);

    /// <summary>What it is going to take, as estimated when it was started; null in jobs of versions before.</summary>
    /// <exception cref="Errors.NotFoundException">Nothing was ever started under this id.</exception>
    [Alias("GetEstimate")]
    Task<TokenizationEstimate?> GetEstimate();

    /// <exception cref="Errors.PgmException">The job is not completed.</exception>
    [Alias("GetResult")]
    Task<TokenizationResult> GetResult();

    /// <summary>
    /// The dataset that the tokens were made from, as it was then: later versions of its name may count their classes otherwise. Where the
    /// same images are registered at another place by now, that place.
    /// </summary>
    /// <exception cref="Errors.NotFoundException">Nothing was ever started under this id.</exception>
    [Alias("GetDataset")]
    Task<DatasetInfo> GetDataset();
}

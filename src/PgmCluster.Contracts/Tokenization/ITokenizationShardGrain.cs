using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Contracts.Tokenization;

/// <summary>One shard: its lease, attempts, output file and hash. The key is "jobId/index".</summary>
[Alias("pgm.ITokenizationShardGrain")]
public interface ITokenizationShardGrain : IGrainWithStringKey
{
    /// <summary>Records what is to be done and queues it; a finished shard answers with its result at once.</summary>
    [Alias("Start")]
    Task<TokenShardNews> Start(TokenShardAssignment assignment);

    [Alias("Cancel")]
    Task Cancel();

    [Alias("GetStatus")]
    Task<TokenShardNews?> GetStatus();
}

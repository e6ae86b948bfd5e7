namespace PgmCluster.Execution.Documents;

/// <summary>Result of importing one file of tokens.</summary>
/// <param name="Shard">As if it had been tokenized here.</param>
/// <param name="LargestLabel">-1 where no picture has one.</param>
public sealed record ImportTokensResult(TokenizeShardResult Shard, int LargestLabel);

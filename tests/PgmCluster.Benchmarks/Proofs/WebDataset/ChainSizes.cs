namespace PgmCluster.Benchmarks.Proofs.WebDataset;

/// <summary>How much a <see cref="JobChain"/> does.</summary>
/// <param name="Broken">Pictures that cannot be read.</param>
/// <param name="ShardSize">Pictures of a token shard.</param>
/// <param name="Steps">Of each training.</param>
internal sealed record ChainSizes(int Broken, int ShardSize, int Steps);

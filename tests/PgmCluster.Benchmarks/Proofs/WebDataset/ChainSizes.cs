namespace PgmCluster.Benchmarks.Proofs.WebDataset;

/// <summary>How much a <see cref="JobChain"/> does.</summary>
/// <param name="Unreadable">Pictures whose header or end is damaged.</param>
/// <param name="Undecodable">Pictures that only decoding finds to be damaged.</param>
/// <param name="ShardSize">Pictures of a token shard.</param>
/// <param name="Steps">Of each training.</param>
internal sealed record ChainSizes(int Unreadable, int Undecodable, int ShardSize, int Steps);

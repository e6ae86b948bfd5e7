using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Pulls;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;

namespace PgmCluster.Benchmarks.Proofs.WebDataset;

/// <summary>What a <see cref="JobChain"/> has made.</summary>
internal sealed record ChainOutcome(
    PullResult Pull, DatasetInfo Dataset, TrainingResult Tokenizer, TokenizationResult Tokens, TrainingResult Model)
{
    /// <summary>SHA-256 of the token shards, in order.</summary>
    public IReadOnlyList<string> TokenHashes => [.. Tokens.Shards.Select(s => s.File.Sha256)];
}

using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Grains.Evaluation;

namespace PgmCluster.Silo.Tests.Storage.States;

/// <summary>What is stored of likelihoods.</summary>
internal static class StoredLikelihoods
{
    /// <param name="before">The samples of before.</param>
    public static IEnumerable<(string File, object State)> After(IReadOnlyList<(string File, object State)> before) =>
        [("likelihood-job.1.json", StoredStates.Job(Job()))];

    private static LikelihoodJobState Job()
    {
        var request = new LikelihoodRequest
        {
            Model = "model",
            Tokens = "tokens",
            Split = "größe",
            Images = 20,
            Order = LikelihoodOrders.Rolled,
            Steps = 12,
            Curve = "linear",
            Seed = 9007199254740993,
            UseEma = false,
            Precision = "bfloat16",
            ChunkSize = 10,
            BatchSize = 5,
            Threads = 2,
            Scheduling = StoredRequests.Scheduling,
        };
        return new LikelihoodJobState
        {
            Request = request,
            Asked = request with { Threads = 0 },
            Parts = StoredStates.Parts(),
            Units = StoredUnits.Runs,
            Done = [5],
            Model = StoredStates.Artifact("model"),
            Tokenizer = StoredStates.Artifact("tokenizer"),
            Set = new TokenSet { Split = "größe", Images = 24, Shards = [new TokenShardInfo { Index = 1, Images = 24, File = StoredStates.Artifact("shard-1") }] },
            Height = 7,
            Width = 8,
            Codebook = 64,
            Remark = "trained on",
            Score = new LikelihoodScore
            {
                BitsPerToken = 3.25,
                StandardError = 0.0625,
                BitsPerImage = 182,
                Images = 20,
                Tokens = 56,
                Codebook = 64,
                Remark = "trained on",
                Basis = new LikelihoodBasis
                {
                    Model = StoredStates.Artifact("model"),
                    Tokenizer = StoredStates.Artifact("tokenizer"),
                    Tokens = "tokens",
                    Split = "größe",
                    SplitImages = 24,
                    TokensSha256 = new string('t', 64),
                    Order = LikelihoodOrders.Rolled,
                    Counts = [4, 52],
                    Seed = 9007199254740993,
                    UseEma = true,
                    Precision = "model bfloat16",
                },
            },
        };
    }
}

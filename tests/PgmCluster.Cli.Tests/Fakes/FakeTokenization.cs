using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;

namespace PgmCluster.Cli.Tests.Fakes;

internal sealed class FakeTokenization(FakeCluster cluster, string id) : FakeJob(cluster, id, JobKind.Tokenization), ITokenizationJobGrain
{
    public Task<JobStatus> Start(TokenizationRequest request) => Begin(request);

    public Task<TokenizationResult> GetResult() => Task.FromResult(new TokenizationResult
    {
        Shards = [],
        Images = 9000,
        Height = 7,
        Width = 7,
        Codebook = 512,
        CodesUsed = 400,
        Dataset = ((TokenizationRequest)Request!).Dataset,
        Tokenizer = ((TokenizationRequest)Request!).Tokenizer,
    });
}

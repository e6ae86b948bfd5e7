using PgmCluster.Cli.Homes;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;

namespace PgmCluster.Cli.Tests.Fakes;

internal sealed class FakeTokenization(FakeCluster cluster, string id, PgmHome home)
    : FakeJob(cluster, id, JobKind.Tokenization), ITokenizationJobGrain
{
    private readonly FakeCluster _cluster = cluster;
    private DatasetInfo? _dataset;

    public async Task<JobStatus> Start(TokenizationRequest request)
    {
        _dataset ??= await ((IDatasetGrain)_cluster.Grain(typeof(IDatasetGrain), request.Dataset, home)).Get();
        return await Begin(request);
    }

    public Task<TokenizationEstimate?> GetEstimate() => Task.FromResult<TokenizationEstimate?>(
        new TokenizationEstimate
        {
            Images = 9000,
            Shards = 5,
            BatchSize = 100,
            Bytes = 918_000,
            ImagesPerSecond = 1800,
            MeasuredBy = "t0",
        });

    public Task<DatasetInfo> GetDataset() => Task.FromResult(_dataset!);

    public Task<TokenizationResult> GetResult() => Task.FromResult(_cluster.Tokens.GetValueOrDefault(Id) ?? new TokenizationResult
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

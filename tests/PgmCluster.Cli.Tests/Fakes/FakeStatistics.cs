using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Cli.Tests.Fakes;

internal sealed class FakeStatistics(FakeCluster cluster, string id) : FakeJob(cluster, id, JobKind.Statistics), IStatisticsJobGrain
{
    public Task<JobStatus> Start(StatisticsRequest request) => Begin(request);

    public Task<ReferenceStatistics> GetResult() => Task.FromResult(new ReferenceStatistics
    {
        Name = Id,
        Images = new ImageSet("shoes", "train", 9000, new string('7', 64)),
        ImageSize = 28,
        Features = new FeatureSource(FeatureKinds.Inception, "inception.safetensors", Artifact("weights/x.safetensors"), "resize"),
        File = Artifact($"statistics/{Id}/statistics.safetensors"),
        Chunks = [],
    });
}

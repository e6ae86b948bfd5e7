using PgmCluster.Cli.Homes;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Sampling;

namespace PgmCluster.Cli.Tests.Fakes;

internal sealed class FakeSampling(FakeCluster cluster, string id, PgmHome home) : FakeJob(cluster, id, JobKind.Sampling), ISamplingJobGrain
{
    public Task<JobStatus> Start(SamplingRequest request) => Begin(request);

    public Task<SamplingResult> GetResult()
    {
        var grid = $"samples/{Id}/grid.png";
        Directory.CreateDirectory(Path.GetDirectoryName(home.ArtifactPath(grid))!);
        File.WriteAllText(home.ArtifactPath(grid), $"grid of {Id}");
        return Task.FromResult(new SamplingResult { Grid = Artifact(grid), Images = [] });
    }
}

using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Training;
using PgmCluster.Grains.Tests.Support;

namespace PgmCluster.Grains.Tests.Jobs;

public class JobIdsTests : ClusterTest
{
    [Theory]
    [InlineData("a/b")]
    [InlineData("../run")]
    [InlineData(".hidden")]
    [InlineData("two words")]
    [InlineData("run\n")]
    public async Task Start_IdThatCannotNameFiles_IsRefused(string id)
    {
        var refusal = await Assert.ThrowsAsync<InvalidRequestException>(() =>
            Cluster.Grains.GetGrain<ITrainingRunGrain>(id).Start(new TrainingRequest { Preset = "fake", Dataset = "shoes" }));
        Assert.Contains($"'{ForeignText.Of(id)}'", refusal.Message);
    }
}

using PgmCluster.Contracts.Artifacts;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Grains.Tests.Support;

namespace PgmCluster.Grains.Tests.Retention;

public class JobDeletionTests : ClusterTest
{
    private IJobRetentionGrain Retention => Cluster.Grains.GetGrain<IJobRetentionGrain>("jobs");

    [Fact]
    public async Task Delete_JobAtRest_NoRecordIsLeft_ItsFilesAreNobodys_AndTheIdIsNotUsedAgain()
    {
        await Cluster.MakeModel();
        Assert.Contains("model", await JobsWithFiles());

        await Retention.Delete("model");

        await Assert.ThrowsAsync<NotFoundException>(() => Cluster.Run("model").GetStatus());
        Assert.Null(await Cluster.Grains.GetGrain<ICatalogGrain>("jobs").Find("model"));
        Assert.DoesNotContain("model", await JobsWithFiles());
        var e = await Assert.ThrowsAsync<InvalidRequestException>(() => Cluster.Run("model").Start(GrainCluster.Request()));
        Assert.Contains("a job of that id was deleted", e.Message);
        await Assert.ThrowsAsync<NotFoundException>(() => Retention.Delete("model"));
        // Neither does waking bring it back.
        await Cluster.Run("model").Wake();
        Assert.Null(await Cluster.Grains.GetGrain<ICatalogGrain>("jobs").Find("model"));
    }

    [Fact]
    public async Task Delete_JobOfManyUnits_TheirRecordsGoToo()
    {
        await Cluster.MakeModel();
        await Retention.Delete("model");
        Assert.Contains(Records(), r => r.StartsWith("tokens/", StringComparison.Ordinal));

        await Retention.Delete("tokens");

        Assert.DoesNotContain(Records(), r => r.StartsWith("tokens/", StringComparison.Ordinal));
        Assert.DoesNotContain("tokens", await JobsWithFiles());
    }

    [Fact]
    public async Task Delete_SomethingRefersToIt_IsRefusedAndSaysWhat()
    {
        await Cluster.MakeModel();
        var tokens = await Assert.ThrowsAsync<InvalidRequestException>(() => Retention.Delete("tokens"));
        Assert.Contains("its files are in use by training-run 'model' (tokens/tokens/", tokens.Message);
        Assert.Equal(PgmErrorCode.Conflict, tokens.Code);
        Assert.Equal(JobPhase.Completed, (await Cluster.Tokens("tokens").GetStatus()).Phase);
    }

    [Fact]
    public async Task Delete_JobThatIsNotAtRest_OrThatWorkIsMadeFrom_IsRefused()
    {
        await Cluster.MakeModel();
        await Cluster.Tokens("more").Start(new() { Dataset = "shoes", Tokenizer = "tok", ShardSize = 5 });

        var open = await Assert.ThrowsAsync<InvalidRequestException>(() => Retention.Delete("more"));
        Assert.Contains("it is not at rest. End it with 'pgm runs cancel more'", open.Message);
        var used = await Assert.ThrowsAsync<InvalidRequestException>(() => Retention.Delete("tok"));
        Assert.Contains("work is under way that is made from it: 'more'", used.Message);
        await Assert.ThrowsAsync<NotFoundException>(() => Retention.Delete("none"));
    }

    private async Task<List<string>> JobsWithFiles()
    {
        var jobs = new List<string>();
        await foreach (var part in Cluster.Grains.GetGrain<IArtifactReferencesGrain>("all").Read(default)) jobs.AddRange(part.Jobs);
        return jobs;
    }

    private List<string> Records() => [.. Cluster.Storage.ReadAll().Select(r => r.Key)];
}

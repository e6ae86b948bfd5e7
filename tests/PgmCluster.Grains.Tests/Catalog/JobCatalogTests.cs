using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Grains.Tests.Support;

namespace PgmCluster.Grains.Tests.Catalog;

/// <summary>What the catalog says of jobs, whatever happens while they are started.</summary>
public class JobCatalogTests : ClusterTest
{
    private const string Put = "ICatalogGrain.Put";

    private ICatalogGrain Jobs => Cluster.Grains.GetGrain<ICatalogGrain>("jobs");

    [Fact]
    public async Task Start_TwoKindsUnderOneIdAtOnce_OneIsRefused()
    {
        await Cluster.Register();
        var weights = Path.Combine(Cluster.Root, "inception.safetensors");
        await File.WriteAllBytesAsync(weights, [1]);
        // The first has looked and found the id free; it is stored a while later.
        var slow = Cluster.Storage.HoldWritesOf("training-run");
        var training = Cluster.Run("same").Start(GrainCluster.Request());
        await slow.Arrived;

        var e = await Assert.ThrowsAsync<InvalidRequestException>(() => Cluster.Statistics("same").Start(
            new StatisticsRequest { Dataset = "shoes", ImageSize = 28, Inception = weights }));

        slow.Release();
        await training;
        Assert.Contains("'same': the id belongs to a training job", e.Message);
        Assert.Equal(PgmErrorCode.Conflict, e.Code);
        Assert.Equal(JobKind.Training, (await Jobs.Find("same"))!.JobKind);
        await Assert.ThrowsAsync<NotFoundException>(() => Cluster.Statistics("same").GetStatus());
    }

    [Fact]
    public async Task Resume_CatalogCannotBeWritten_NoJobGoesOnThatIsSaidToBeAtRest()
    {
        var (run, _) = await Cluster.StartRun();
        await run.Pause();
        Assert.True((await Jobs.Find("run"))!.AtRest);
        Cluster.Calls.FailNext(Put);

        await Assert.ThrowsAsync<PgmException>(() => run.Resume());

        Assert.Equal((JobPhase.Paused, true), ((await run.GetStatus()).Phase, (await Jobs.Find("run"))!.AtRest));
        Assert.Equal(JobPhase.Queued, (await run.Resume()).Phase);
        Assert.False((await Jobs.Find("run"))!.AtRest);
    }

    [Fact]
    public async Task Start_JobCannotBeStored_TheIdStaysFreeForItsKindAndIsTakenByTheNextStart()
    {
        await Cluster.Register();
        Cluster.Storage.FailWritesOf = "training-run";
        await Assert.ThrowsAsync<PgmException>(() => Cluster.Run("run").Start(GrainCluster.Request()));
        Assert.False((await Jobs.Find("run"))!.AtRest);
        await Assert.ThrowsAsync<NotFoundException>(() => Cluster.Run("run").GetStatus());

        Cluster.Storage.FailWritesOf = null;
        await Cluster.Run("run").Start(GrainCluster.Request());
        (await Work.Next()).Complete(GrainCluster.TrainResult());
        await ToRest(Cluster.Run("run"), JobPhase.Completed);
    }

    [Fact]
    public async Task Phases_OfRest_OwnerAndTimes_StandInTheEntry()
    {
        await Cluster.Register();
        var run = Cluster.Run("run");
        await run.Start(GrainCluster.Request() with { Scheduling = new() { User = "ann" } });
        var begun = (await Jobs.Find("run"))!;
        Assert.Equal((false, null, "ann"), (begun.AtRest, begun.Phase, begun.Owner));

        await run.Pause();
        Assert.Equal((true, JobPhase.Paused), Rest(await Jobs.Find("run")));
        await run.Cancel();
        var ended = (await Jobs.Find("run"))!;
        Assert.Equal((true, JobPhase.Cancelled), Rest(ended));
        Assert.Equal(begun.CreatedAt, ended.CreatedAt);
        Assert.True(ended.ChangedAt > begun.ChangedAt);
    }

    [Fact]
    public async Task Remove_DatasetOfAnUnfinishedJob_IsRefusedAndNamesIt()
    {
        await Cluster.StartRun();
        var e = await Assert.ThrowsAsync<InvalidRequestException>(
            () => Cluster.Grains.GetGrain<Contracts.Datasets.IDatasetGrain>("shoes").Remove());
        Assert.Contains("'run' is still made from it", e.Message);
    }

    private static (bool, JobPhase?) Rest(CatalogEntry? entry) => (entry!.AtRest, entry.Phase);
}

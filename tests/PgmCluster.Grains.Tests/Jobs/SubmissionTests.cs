using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Training;
using PgmCluster.Data;
using PgmCluster.Grains.Tests.Support;
using PgmCluster.Grains.Training;

namespace PgmCluster.Grains.Tests.Jobs;

/// <summary>What the start of a run writes and asks, and what becomes of it where it is cut off on the way.</summary>
public class SubmissionTests : ClusterTest
{
    private const string State = "training-run", Gang = "training-gang";
    private const string Put = "ICatalogGrain.Put", Find = "ICatalogGrain.Find", Submit = "IDeviceSchedulerGrain.Submit";

    [Fact]
    public async Task Start_WritesItsStateOnceAndItsEntryOnce_AndAsksForNothingElse()
    {
        await Cluster.StartRun("first");
        for (var waiting = 0; waiting < 20; waiting++)
        {
            Cluster.Calls.Clear();
            var run = Cluster.Run($"run-{waiting}");

            Assert.Equal((JobPhase.Queued, 1), Of(await run.Start(GrainCluster.Request())));

            Assert.Equal(1, Cluster.Storage.WritesOf(State, run.GetGrainId()));
            Assert.Equal((1, 0, 1), (Cluster.Calls.Of(Put), Cluster.Calls.Of(Find), Cluster.Calls.Of(Submit)));
            Assert.Equal(1, (await Stored(run)).Generation);
        }
    }

    /// <summary>The record of its gang can only be there once it was started.</summary>
    [Fact]
    public async Task Start_ReadsItsStateAlone_AndThatOfItsGangOnceItIsThere()
    {
        await Cluster.StartRun("first");
        var run = Cluster.Run("run");
        await run.Start(GrainCluster.Request());

        Assert.Equal((1, 0), (Cluster.Storage.ReadsOf(State, run.GetGrainId()), Cluster.Storage.ReadsOf(Gang, run.GetGrainId())));

        await Cluster.Silos.DeactivateAsync(run);
        await run.GetStatus();

        Assert.Equal((2, 1), (Cluster.Storage.ReadsOf(State, run.GetGrainId()), Cluster.Storage.ReadsOf(Gang, run.GetGrainId())));
    }

    [Fact]
    public async Task Start_TheSameAgain_WritesNothing()
    {
        await Cluster.StartRun("first");
        var run = Cluster.Run("run");
        await run.Start(GrainCluster.Request());

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => run.Start(GrainCluster.Request())));

        Assert.Equal(1, Cluster.Storage.WritesOf(State, run.GetGrainId()));
        Assert.Single(await Cluster.Scheduler.GetQueue(), w => w.WorkId == "run");
    }

    [Fact]
    public async Task Start_TheQueueDoesNotAnswer_IsQueuedLaterOnceAndUnderTheFenceThatIsStored()
    {
        await Cluster.Register();
        Cluster.Calls.FailNext(Submit);
        var run = Cluster.Run("run");

        await run.Start(GrainCluster.Request());

        var item = await Work.Next();
        Assert.Equal(1, item.Generation);
        item.Complete(GrainCluster.TrainResult());
        await ToRest(run, JobPhase.Completed);
        Assert.Empty(await Cluster.Scheduler.GetQueue());
    }

    /// <summary>As where the silo dies between the two.</summary>
    [Fact]
    public async Task Start_CutOffBeforeItsWorkIsQueued_IsQueuedByWhoeverWakesIt()
    {
        await Cluster.Register();
        await Cluster.Run("like").Start(GrainCluster.Request());
        (await Work.Next()).Complete(GrainCluster.TrainResult("like"));
        await ToRest(Cluster.Run("like"), JobPhase.Completed);
        var stored = await Stored(Cluster.Run("like"));
        (stored.Result, stored.Phase, stored.Generation) = (null, JobPhase.Queued, 1);
        stored.Parts = [new() { Generation = 1 }];
        await Cluster.Storage.WriteStateAsync(State, Cluster.Run("run").GetGrainId(), new GrainState<TrainingRunState>(stored));

        await Cluster.Run("run").Wake();

        var item = await Work.Next();
        Assert.Equal(1, item.Generation);
        item.Complete(GrainCluster.TrainResult());
        await ToRest(Cluster.Run("run"), JobPhase.Completed);
    }

    [Fact]
    public async Task Restart_WritesItsStateOnce_AboveTheFenceOfBefore()
    {
        var (run, item) = await Cluster.StartRun();
        item.Fail(new BadInputException("the images are gone"));
        await ToRest(run, JobPhase.Failed);
        await Cluster.Run("other").Start(GrainCluster.Request());
        await Work.Next();
        var before = Cluster.Storage.WritesOf(State, run.GetGrainId());

        Assert.Equal((JobPhase.Queued, 2), Of(await run.Start(GrainCluster.Request())));

        Assert.Equal((before + 1, 2), (Cluster.Storage.WritesOf(State, run.GetGrainId()), (await Stored(run)).Generation));
        Assert.Equal(2, Assert.Single(await Cluster.Scheduler.GetQueue(), w => w.WorkId == "run").Generation);
    }

    [Fact]
    public async Task Start_AgainAfterItWasCancelledInTheQueue_IsQueuedAtOnce()
    {
        await Cluster.StartRun("first");
        var run = Cluster.Run("run");
        await run.Start(GrainCluster.Request());
        await run.Cancel();

        await run.Start(GrainCluster.Request());

        Assert.Equal(2, Assert.Single(await Cluster.Scheduler.GetQueue(), w => w.WorkId == "run").Generation);
    }

    /// <summary>Of what is wrong with a request the id is said first.</summary>
    [Fact]
    public async Task Start_IdOfAnotherKindAndARequestThatCannotBe_TheIdIsRefused()
    {
        await Cluster.StartRun("same");

        var e = await Assert.ThrowsAsync<InvalidRequestException>(() => Cluster.Tokens("same").Start(
            new() { Dataset = "none", Tokenizer = "none" }));

        Assert.Contains("'same': the id belongs to a training job", e.Message);
        Assert.Equal(PgmErrorCode.Conflict, e.Code);
    }

    private static (JobPhase, int) Of(JobStatus status) => (status.Phase, (int)status.Generation);

    private async Task<TrainingRunState> Stored(ITrainingRunGrain run)
    {
        var stored = new GrainState<TrainingRunState>();
        await Cluster.Storage.ReadStateAsync(State, run.GetGrainId(), stored);
        return stored.State!;
    }
}

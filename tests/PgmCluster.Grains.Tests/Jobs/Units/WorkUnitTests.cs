using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Jobs.Units;
using PgmCluster.Grains.Protocol;
using PgmCluster.Grains.Tests.Support;

namespace PgmCluster.Grains.Tests.Jobs.Units;

/// <summary>What all jobs that are made of units have in common, on the example of a tokenization.</summary>
public class WorkUnitTests : ClusterTest
{
    private static readonly TokenizationRequest Request = new() { Dataset = "shoes", Tokenizer = "tok", ShardSize = 10 };

    [Fact]
    public async Task Report_UnitFinishedWhileItsJobIsCancelled_IsFinished()
    {
        var (job, item) = await StartJob();
        await job.Cancel();

        Assert.True(await Owner("tokens/0").Report(Done("tokens/0", item)));

        Work.Auto = i => WorkJson.Write(GrainCluster.ShardResult(i));
        await job.Start(Request);
        await ToRest(job, JobPhase.Completed);
        Assert.Single(Shards(), s => s.Images.Start == 0);
    }

    [Fact]
    public async Task Report_AfterUnitAndJobWereDeactivated_CountsAndTheJobGoesOn()
    {
        var (job, item) = await StartJob();
        await GrainCluster.Until(job, e => e.Phase == JobPhase.Running, "running");
        await Cluster.Silos.DeactivateAsync(Cluster.Grains.GetGrain<IWorkUnitGrain>("tokens/0"));
        await Cluster.Silos.DeactivateAsync(job);

        Work.Auto = i => WorkJson.Write(GrainCluster.ShardResult(i));
        item.Complete(GrainCluster.ShardResult(item));

        await ToRest(job, JobPhase.Completed);
        Assert.Equal([0, 10, 20], Shards().Select(s => s.Images.Start));
    }

    [Fact]
    public async Task Wake_JobNeverHeardThatAUnitIsFinished_FindsOut()
    {
        var (job, item) = await StartJob();
        Cluster.Storage.FailWritesOf = "tokenization-job";
        // Nothing of what the job is told lasts until it can write again.
        item.Complete(GrainCluster.ShardResult(item));
        var second = await Work.Next();
        await Cluster.Silos.DeactivateAsync(job);
        Cluster.Storage.FailWritesOf = null;

        Work.Auto = i => WorkJson.Write(GrainCluster.ShardResult(i));
        second.Complete(GrainCluster.ShardResult(second));
        await job.Wake();

        await ToRest(job, JobPhase.Completed);
        Assert.Single(Shards(), s => s.Images.Start == 0);
    }

    [Fact]
    public async Task Report_FiveWorkersDieOverAUnit_FailsTheJobWhichCanBeStartedAgain()
    {
        var (job, item) = await StartJob();
        for (var death = 0; death < 5; death++)
        {
            var report = new WorkReport { WorkId = "tokens/0", Generation = item.Generation + death, State = WorkState.Lost };
            Assert.True(await Owner("tokens/0").Report(report));
        }
        Assert.StartsWith(
            "5 workers in a row were lost over tokens/0 without getting past 0: it may be what kills them.",
            (await ToRest(job, JobPhase.Failed)).Message);

        Work.Auto = i => WorkJson.Write(GrainCluster.ShardResult(i));
        await job.Start(Request);
        await ToRest(job, JobPhase.Completed);
    }

    [Fact]
    public async Task Start_WorkThatWasLostIsQueuedAgainSinceItsJobAsked_IsNotDoneTwice()
    {
        var (job, item) = await StartJob();
        Assert.True(await Owner("tokens/0").Report(
            new WorkReport { WorkId = "tokens/0", Generation = item.Generation, State = WorkState.Lost }));

        var start = await Cluster.Grains.GetGrain<IWorkUnitGrain>("tokens/0").Start(
            new UnitAssignment { Job = job.GetGrainId().ToString(), Index = 0, Kind = item.Kind, Document = "{}" }, known: 0);

        Assert.Equal((item.Generation + 1, null), (start.News.Generation, start.Submission));
    }

    [Fact]
    public async Task Report_ResultIsNotWhatWasAskedFor_FailsTheJobAndIsNotKept()
    {
        var (job, item) = await StartJob();
        item.Complete(GrainCluster.ShardResult(item) with { Images = 3 });
        Assert.Contains("cannot be read", (await ToRest(job, JobPhase.Failed)).Message);

        Work.Auto = i => WorkJson.Write(GrainCluster.ShardResult(i));
        await job.Start(Request);
        await ToRest(job, JobPhase.Completed);
        Assert.Equal(2, Shards().Count(s => s.Images.Start == 0));
    }

    [Fact]
    public async Task Start_TenThousandUnits_TheJobsStateGrowsByNoMoreThanABitForEach()
    {
        await Cluster.Register(images: 10_010, validation: 10);
        await Cluster.Run("tok").Start(GrainCluster.Request());
        (await Work.Next()).Complete(GrainCluster.TrainResult("tok"));
        await ToRest(Cluster.Run("tok"), JobPhase.Completed);

        var sizes = new List<long>();
        foreach (var (id, size) in new[] { ("few", 1000), ("many", 1) })
        {
            var job = Cluster.Tokens(id);
            await job.Start(Request with { ShardSize = size });
            FakeItem item;
            while (!(item = await Work.Next()).Read<TokenizeShardWork>().Output.Contains(id)) { }
            item.Complete(GrainCluster.ShardResult(item));
            await GrainCluster.Until(job, e => e.Progress.Done >= size, "the first shard");
            await job.Cancel();
            sizes.Add(Cluster.Storage.SizeOf("tokenization-job", job.GetGrainId()));
        }

        // In JSON a byte is 4/3 characters.
        Assert.InRange(sizes[1] - sizes[0], 1, (10_000 / 8 * 4 / 3) + 100);
    }

    [Fact]
    public async Task Start_MoreUnitsThanAreStartedInOneTurn_EachIsDoneOnce()
    {
        var (job, item) = await StartJob(images: 600, shardSize: 1);
        Work.Auto = i => WorkJson.Write(GrainCluster.ShardResult(i));
        item.Complete(GrainCluster.ShardResult(item));

        await ToRest(job, JobPhase.Completed);

        Assert.Equal(Enumerable.Range(0, 600), Shards().Select(s => s.Images.Start).Order());
        Assert.Equal(Enumerable.Range(0, 600), (await job.GetResult()).Shards.Select(s => s.Index));
    }

    [Fact]
    public async Task Start_OneUnitCannotBeStored_TheOthersAreDoneMeanwhile()
    {
        await MakeTokenizer();
        Cluster.Storage.FailWritesOfGrain = Cluster.Grains.GetGrain<IWorkUnitGrain>("tokens/1").GetGrainId();
        var job = Cluster.Tokens("tokens");
        await job.Start(Request);
        for (var other = 0; other < 2; other++)
        {
            var item = await Work.Next();
            item.Complete(GrainCluster.ShardResult(item));
        }
        await GrainCluster.Until(job, e => e.Progress.Done == 14, "the first and the third shard");
        Assert.DoesNotContain(Shards(), s => s.Images.Start == 10);

        Cluster.Storage.FailWritesOfGrain = null;

        var last = await Work.Next();
        last.Complete(GrainCluster.ShardResult(last));
        await ToRest(job, JobPhase.Completed);
    }

    /// <summary>There are so many others that the job asks all of them only in the course of minutes.</summary>
    [Fact]
    public async Task Report_UnitIsLostAndCannotBeQueuedAgain_IsStartedByItsJob()
    {
        var lost = new[] { "tokens/1499" };
        await StartJob(images: 1500, shardSize: 1);
        await UntilQueued(1500);
        Assert.Equal([1L], await Cluster.Scheduler.GetGenerations(lost));
        Cluster.Storage.FailWritesOf = TestSchedulerStore.Name;
        Assert.True(await Owner(lost[0]).Report(new WorkReport { WorkId = lost[0], Generation = 1, State = WorkState.Lost }));

        Cluster.Storage.FailWritesOf = null;

        using var patience = new CancellationTokenSource(Waits.Limit);
        while ((await Cluster.Scheduler.GetGenerations(lost))[0] == 1) await Task.Delay(20, patience.Token);
    }

    [Fact]
    public async Task Cancel_MoreUnitsThanAreCancelledInOneTurn_NoneStaysInTheQueue()
    {
        var (job, item) = await StartJob(images: 600, shardSize: 1);
        // The job starts units as long as it has some to start.
        await UntilQueued(600);
        var version = (await Cluster.Queue.Read()).Version;

        await job.Cancel();

        await item.Interrupted.InTime();
        await UntilQueued(0);
        Assert.Equal(JobPhase.Cancelled, (await job.GetStatus()).Phase);
        // One for each turn of many units, and that the device is free.
        Assert.InRange((await Cluster.Queue.Read()).Version - version, 1, 10);
    }

    [Fact]
    public async Task Cancel_QueueCannotBeWritten_IsCarriedOutOnceItCan()
    {
        var (job, item) = await StartJob(images: 600, shardSize: 1);
        await UntilQueued(600);
        Cluster.Storage.FailWritesOf = TestSchedulerStore.Name;
        Assert.Equal(JobPhase.Cancelled, (await job.Cancel()).Phase);
        await UntilQueued(600);

        Cluster.Storage.FailWritesOf = null;

        await item.Interrupted.InTime();
        await UntilQueued(0);
    }

    /// <summary>As where its silo died meanwhile: nothing in memory says how far it had come.</summary>
    [Fact]
    public async Task Activate_JobWasCancelledAndNotItsUnits_CancelsThem()
    {
        var (job, item) = await StartJob(images: 600, shardSize: 1);
        await UntilQueued(600);
        Cluster.Storage.FailWritesOf = TestSchedulerStore.Name;
        await job.Cancel();
        await Cluster.Silos.DeactivateAsync(job);
        Cluster.Storage.FailWritesOf = null;

        Assert.Equal(JobPhase.Cancelled, (await job.GetStatus()).Phase);

        await item.Interrupted.InTime();
        await UntilQueued(0);
    }

    private async Task<(ITokenizationJobGrain Job, FakeItem First)> StartJob(int images = 24, int shardSize = 10)
    {
        await MakeTokenizer(images);
        await Cluster.Tokens("tokens").Start(Request with { ShardSize = shardSize });
        return (Cluster.Tokens("tokens"), await Work.Next());
    }

    private async Task MakeTokenizer(int images = 24)
    {
        await Cluster.Register(images: images + 6, validation: 6);
        await Cluster.Run("tok").Start(GrainCluster.Request());
        (await Work.Next()).Complete(GrainCluster.TrainResult("tok"));
        await ToRest(Cluster.Run("tok"), JobPhase.Completed);
    }

    private async Task UntilQueued(int units)
    {
        using var patience = new CancellationTokenSource(Waits.Limit);
        while ((await Cluster.Scheduler.GetQueue()).Count(q => q.WorkId.StartsWith("tokens/", StringComparison.Ordinal)) != units)
            await Task.Delay(20, patience.Token);
    }

    private IWorkOwner Owner(string unit) => Cluster.Grains.GetGrain<IWorkUnitGrain>(unit).AsReference<IWorkOwner>();

    private IEnumerable<TokenizeShardWork> Shards() =>
        Work.Created.Where(i => i.Kind == WorkKinds.TokenizeShard).Select(i => i.Read<TokenizeShardWork>());

    private static WorkReport Done(string unit, FakeItem item) => new()
    {
        WorkId = unit,
        Generation = item.Generation,
        State = WorkState.Completed,
        Document = WorkJson.Write(GrainCluster.ShardResult(item)),
    };
}

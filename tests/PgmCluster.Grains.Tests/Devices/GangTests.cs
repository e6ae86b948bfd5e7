using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Training;
using PgmCluster.Execution.Documents;
using PgmCluster.Grains.Protocol;
using PgmCluster.Grains.Tests.Support;
using static PgmCluster.Grains.Tests.Support.Waits;

namespace PgmCluster.Grains.Tests.Devices;

/// <summary>
/// What the scheduler grain does with plans for gangs, preemption and shares; the plans themselves have tests of their own.
/// </summary>
public class GangTests
{
    [Fact]
    public async Task Submit_GangOfTwo_StartsBothAtOnceWithTheSameAssignment()
    {
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1");
        await Owner(cluster).Submit("gang", 1, 2, 2, 0);
        var (first, second) = (await cluster.Work.Next(), await cluster.Work.Next());
        Assert.Equal(("gang", "gang", 1L, 1L), (first.Document, second.Document, first.Generation, second.Generation));
        var queued = (await cluster.Scheduler.GetQueue()).Single();
        Assert.Equal((2, null), (queued.Workers.Distinct().Count(), queued.Reason));
    }

    [Fact]
    public async Task Released_OneMember_TheOthersKeepTheWork()
    {
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1");
        await Owner(cluster).Submit("gang", 1, 1, 2, 0);
        var (first, second) = (await cluster.Work.Next(), await cluster.Work.Next());
        first.CompleteRaw("{}");
        await Eventually(async () => (await cluster.Scheduler.Find("gang"))!.Workers.Count == 1, "one member less");
        Assert.False(second.Interrupted.IsCompleted);
        second.CompleteRaw("{}");
        await Eventually(async () => await cluster.Scheduler.Find("gang") is null, "the end of the work");
        Assert.Equal([WorkState.Completed, WorkState.Completed], (await Owner(cluster).Reports()).Select(r => r.State));
    }

    [Fact]
    public async Task Announce_NewIncarnationOfAMember_TellsTheOwnerWhoIsLostAndKeepsTheRest()
    {
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1");
        await Owner(cluster).Submit("gang", 4, 1, 2, 0);
        await cluster.Work.Next();
        await cluster.Work.Next();
        var lost = (await cluster.Scheduler.GetDevices())[0];
        await cluster.Scheduler.Announce(lost with { Incarnation = "another", Work = null });
        await Eventually(async () => (await Owner(cluster).Reports()).Count > 0, "a report");
        var report = (await Owner(cluster).Reports())[0];
        Assert.Equal(
            (WorkState.Lost, lost.Worker, 1, 4L, false),
            (report.State, report.Worker, report.Remaining, report.Generation, report.Orderly));
        Assert.Equal(4, (await cluster.Scheduler.Find("gang"))!.Generation);
    }

    [Fact]
    public async Task Announce_LastMemberLost_TakesTheWorkOutAndSaysSo()
    {
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1");
        await Owner(cluster).Submit("gang", 1, 2, 2, 0);
        await cluster.Work.Next();
        await cluster.Work.Next();
        // Busy with something else: an idle one would be given to the gang again before the other is lost.
        foreach (var device in await cluster.Scheduler.GetDevices())
            await cluster.Scheduler.Announce(device with { Incarnation = "another", Work = "other" });
        await Eventually(async () => (await Owner(cluster).Reports()).Any(r => r.Remaining == 0), "the loss of the last");
        await Eventually(async () => await cluster.Scheduler.Find("gang") is null, "the work to be out of the queue");
    }

    [Fact]
    public async Task Gang_MemberLeftAndTheDeviceIsFreeAgain_IsGivenToItAgain()
    {
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1");
        await Owner(cluster).Submit("gang", 1, 1, 2, 0);
        var items = new[] { await cluster.Work.Next(), await cluster.Work.Next() };
        items[0].Fail(new InvalidOperationException("left"));
        var again = await cluster.Work.Next();
        Assert.Equal(("gang", 1L), (again.Document, again.Generation));
        await Eventually(async () => (await cluster.Scheduler.Find("gang"))!.Workers.Count == 2, "two members");
    }

    [Fact]
    public async Task HigherPriority_GangAboveItsMinimum_GivesOneMemberAwayAndIsTold()
    {
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1");
        await Owner(cluster).Submit("gang", 1, 1, 2, 0);
        var items = new[] { await cluster.Work.Next(), await cluster.Work.Next() };
        await Owner(cluster).Submit("urgent", 1, 1, 1, 1);
        Assert.Equal("urgent", (await cluster.Work.Next()).Document);
        Assert.Single(items, i => i.Interrupted.IsCompleted);
        await Eventually(async () => (await Owner(cluster).Reports()).Any(r => r.State == WorkState.Lost), "the loss");
        var report = (await Owner(cluster).Reports()).Single(r => r.State == WorkState.Lost);
        Assert.Equal(("gang", 1, true, 1L), (report.WorkId, report.Remaining, report.Orderly, report.Generation));
        Assert.Equal((await cluster.Scheduler.Find("urgent"))!.Worker, report.Worker);
    }

    [Fact]
    public async Task HigherPriority_WholeGangMakesRoom_IsToldOnceNothingRemains()
    {
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1");
        await Owner(cluster).Submit("gang", 1, 2, 2, 0);
        await cluster.Work.Next();
        await cluster.Work.Next();
        await Owner(cluster).Submit("urgent", 1, 2, 2, 1);
        Assert.Equal("urgent", (await cluster.Work.Next()).Document);
        Assert.Equal("urgent", (await cluster.Work.Next()).Document);
        await Eventually(async () => (await Owner(cluster).Reports()).Count(r => r.State == WorkState.Lost) == 2, "both losses");
        Assert.All(
            (await Owner(cluster).Reports()).Where(r => r.State == WorkState.Lost),
            r => Assert.Equal(("gang", 0, true), (r.WorkId, r.Remaining, r.Orderly)));
        Assert.Null(await cluster.Scheduler.Find("gang"));
    }

    [Fact]
    public async Task HigherPriority_DeviceBusy_LowerRunStopsAndGoesOnAfterItWithoutBeingCounted()
    {
        await using var cluster = await GrainCluster.Start();
        var (low, item) = await cluster.StartRun("low");
        await cluster.Run("urgent").Start(
            GrainCluster.Request() with { Scheduling = new Contracts.Jobs.Scheduling { Priority = 1, User = "ann" } });
        await item.Interrupted.InTime();
        var urgent = await cluster.Work.Next();
        Assert.Equal("urgent", urgent.Read<TrainWork>().RunId);
        await GrainCluster.Until(low, e => e.Phase == JobPhase.Queued, "the lower run to wait");
        var waiting = (await cluster.Scheduler.Find("low"))!;
        Assert.True(waiting.Generation > item.Generation);
        Assert.StartsWith("waits for a device: 1 device, busy with urgent since ", waiting.Reason);
        urgent.Complete(GrainCluster.TrainResult("urgent"));
        var second = await cluster.Work.Next();
        Assert.Equal("low", second.Read<TrainWork>().RunId);
        second.Complete(GrainCluster.TrainResult("low"));
        await GrainCluster.ToRest(low, JobPhase.Completed);
    }

    [Fact]
    public async Task HigherPriority_FiveTimesOver_TheLowerRunIsNotTakenForPoison()
    {
        await using var cluster = await GrainCluster.Start();
        var (low, item) = await cluster.StartRun("low");
        for (var i = 0; i < 6; i++)
        {
            await cluster.Run($"urgent{i}").Start(
                GrainCluster.Request() with { Scheduling = new Contracts.Jobs.Scheduling { Priority = 1 } });
            await item.Interrupted.InTime();
            (await cluster.Work.Next()).Complete(GrainCluster.TrainResult($"urgent{i}"));
            item = await cluster.Work.Next();
            Assert.Equal("low", item.Read<TrainWork>().RunId);
        }
        item.Complete(GrainCluster.TrainResult("low"));
        await GrainCluster.ToRest(low, JobPhase.Completed);
    }

    [Fact]
    public async Task Start_AgainWithOtherScheduling_IsTheSameRequest()
    {
        await using var cluster = await GrainCluster.Start();
        var (run, item) = await cluster.StartRun();
        await run.Start(GrainCluster.Request() with { Scheduling = new Contracts.Jobs.Scheduling { Priority = 5, User = "bob" } });
        item.Complete(GrainCluster.TrainResult());
        await GrainCluster.ToRest(run, JobPhase.Completed);
    }

    [Fact]
    public async Task Announce_StorageAway_IsAnsweredAndNothingIsLost()
    {
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1");
        await cluster.StartRun("first");
        cluster.Storage.FailWritesOf = TestSchedulerStore.Name;
        await Assert.ThrowsAsync<Contracts.Errors.PgmException>(() => Owner(cluster).Submit("gang", 1, 1, 1, 0));
        foreach (var device in await cluster.Scheduler.GetDevices()) await cluster.Scheduler.Announce(device with { Work = device.Work });
        Assert.Equal("first", (await cluster.Scheduler.GetQueue()).Single().WorkId);
        cluster.Storage.FailWritesOf = null;
        await Owner(cluster).Submit("gang", 1, 1, 1, 0);
        Assert.Equal("gang", (await cluster.Work.Next()).Document);
    }

    [Fact]
    public async Task Device_CannotAnnounceItself_StopsItsWorkAndTakesNoneUntilItCan()
    {
        await using var cluster = await GrainCluster.Start(configure: options => options.Timings.LeaseTimeout = TimeSpan.FromSeconds(4));
        await Owner(cluster).Submit("work", 1, 1, 1, 0);
        var item = await cluster.Work.Next();
        cluster.SchedulerIsCutOff = true;
        await item.Interrupted.InTime();
        cluster.SchedulerIsCutOff = false;
        await Eventually(async () => (await Owner(cluster).Reports()).Any(r => r.State == WorkState.Stopped), "the report of the stop");
        await Owner(cluster).Submit("work", 2, 1, 1, 0);
        Assert.Equal(2, (await cluster.Work.Next()).Generation);
    }

    private static IGangOwnerProbe Owner(GrainCluster cluster) => cluster.Grains.GetGrain<IGangOwnerProbe>("owner");
}

using Microsoft.Extensions.DependencyInjection;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Devices;
using PgmCluster.Grains.Protocol;
using PgmCluster.Grains.Tests.Support;

namespace PgmCluster.Grains.Tests.Scheduling;

public class DeviceSchedulerGrainTests
{
    [Fact]
    public async Task Submit_OneDevice_FirstComeFirstServed()
    {
        await using var cluster = await GrainCluster.Start();
        await cluster.Register();
        string[] ids = ["c", "a", "b"];
        foreach (var id in ids) await cluster.Run(id).Start(GrainCluster.Request());
        foreach (var id in ids)
        {
            var item = await cluster.Work.Next();
            Assert.Equal(id, item.Read<TrainWork>().RunId);
            Assert.False(cluster.Work.AnyWaiting);
            item.Complete(GrainCluster.TrainResult(id));
            await GrainCluster.ToRest(cluster.Run(id), JobPhase.Completed);
        }
    }

    [Fact]
    public async Task GetQueue_DeviceBusy_SaysWithWhat()
    {
        await using var cluster = await GrainCluster.Start();
        var (_, item) = await cluster.StartRun("long");
        await cluster.Run("next").Start(GrainCluster.Request());
        var waiting = (await cluster.Scheduler.GetQueue()).Single(q => q.WorkId == "next");
        Assert.StartsWith("waits for a device: 1 device, busy with long since ", waiting.Reason);
        Assert.Equal(waiting.Reason, (await cluster.Run("next").GetStatus()).Message);
        await GrainCluster.Until(cluster.Run("next"), e => e.Message == waiting.Reason, "the reason");
        var device = (await cluster.Scheduler.GetDevices()).Single();
        Assert.Equal("long", device.Work);
        Assert.EndsWith("/cpu:0", device.Worker);
        item.Complete(GrainCluster.TrainResult());
    }

    [Fact]
    public async Task Released_WorkWaits_TheDeviceIsToldOfItByTheAnswer()
    {
        await using var cluster = await GrainCluster.Start();
        string[] ids = ["one", "two", "three"];
        await Submit(cluster, ids);
        foreach (var _ in ids) (await cluster.Work.Next()).CompleteRaw("{}");
        while ((await cluster.Scheduler.GetQueue()).Count > 0) await Task.Yield();

        Assert.Equal(1, cluster.Calls.Of("IGpuWorkerGrain.Run"));
    }

    [Fact]
    public async Task Released_TheAnswerIsLost_TheDeviceIsToldAgain()
    {
        await using var cluster = await GrainCluster.Start();
        await Submit(cluster, "one", "two");
        var one = await cluster.Work.Next();
        var device = (await cluster.Scheduler.GetDevices()).Single();

        var answer = await cluster.Scheduler.Released(device.Worker, "one", generation: 1, takesNext: true);

        Assert.Equal(("two", 1L, 2L), (answer!.WorkId, answer.Generation, answer.Lease));
        Assert.Equal(device.Worker, (await cluster.Scheduler.Find("two"))!.Worker);
        one.CompleteRaw("{}");
        var two = await cluster.Work.Next();
        Assert.Equal(("two", 1L), (two.Document, two.Generation));
        Assert.Equal(2, cluster.Calls.Of("IGpuWorkerGrain.Run"));
    }

    [Fact]
    public async Task Released_ToldAgainAfterATimeout_GivesNothingTwice()
    {
        await using var cluster = await GrainCluster.Start();
        await Submit(cluster, "one", "two", "three");
        await cluster.Work.Next();
        var device = (await cluster.Scheduler.GetDevices()).Single();

        var first = await cluster.Scheduler.Released(device.Worker, "one", generation: 1, lease: 1, takesNext: true);
        var again = await cluster.Scheduler.Released(device.Worker, "one", generation: 1, lease: 1, takesNext: true);

        Assert.Equal("two", first!.WorkId);
        Assert.Null(again);
        Assert.Equal([("two", device.Worker), ("three", null)], (await cluster.Scheduler.GetQueue()).Select(q => (q.WorkId, q.Worker)));
    }

    [Fact]
    public async Task Run_UnderALeaseThatIsOver_IsRefused()
    {
        await using var cluster = await GrainCluster.Start();
        await Submit(cluster, "one", "two", "three");
        var one = await cluster.Work.Next();
        var device = (await cluster.Scheduler.GetDevices()).Single();
        // Nobody tells the device of it: as if the answer were on its way for long.
        var late = (await cluster.Scheduler.Released(device.Worker, "one", generation: 1, takesNext: true))!;
        one.CompleteRaw("{}");
        (await cluster.Work.Next()).CompleteRaw("{}");
        (await cluster.Work.Next()).CompleteRaw("{}");
        while ((await cluster.Scheduler.GetQueue()).Count > 0) await Task.Yield();

        Assert.False(await cluster.Grains.GetGrain<IGpuWorkerGrain>(device.Worker).Run(late));
        Assert.False(cluster.Work.AnyWaiting);
    }

    [Fact]
    public async Task Released_AStopOvertakesTheAnswer_TheAnswerBeginsNothing()
    {
        await using var cluster = await GrainCluster.Start();
        (await StopBeforeTheAnswer(cluster, "next")).Release();

        // Nobody wanted it to stop but the test: it is given again, by a call.
        Assert.Equal("next", (await cluster.Work.Next()).Document);
        Assert.Equal(2, cluster.Calls.Of("IGpuWorkerGrain.Run"));
    }

    [Fact]
    public async Task Released_TheRefusalIsNotHeard_IsToldAgain()
    {
        await using var cluster = await GrainCluster.Start();
        var write = await StopBeforeTheAnswer(cluster, "next");
        cluster.Calls.FailNext("ISchedulerNews.Refused");
        write.Release();

        Assert.Equal("next", (await cluster.Work.Next()).Document);
        Assert.Equal(2, cluster.Calls.Of("ISchedulerNews.Refused"));
    }

    [Fact]
    public async Task Released_TheSiloLeavesBeforeTheAnswer_TheWorkGoesBackAsItWas()
    {
        await using var cluster = await GrainCluster.Start(silos: 3, controlSilos: 1);
        var owner = cluster.Grains.GetGrain<IGangOwnerProbe>("owner");
        foreach (var id in new[] { "one", "other" }) await owner.Submit(id, 1, 1, 1, 0);
        FakeItem[] items = [await cluster.Work.Next(), await cluster.Work.Next()];
        await owner.Submit("next", 1, 1, 1, 0);
        var worker = (await cluster.Scheduler.Find("one"))!.Worker!;
        var silo = cluster.Silos.Silos.Single(s => worker.StartsWith(s.Name + "/", StringComparison.Ordinal));
        var devices = cluster.Silos.GetSiloServiceProvider(silo.SiloAddress).GetRequiredService<DeviceHost>();

        var write = cluster.Storage.HoldWritesOf(TestSchedulerStore.Name);
        items.Single(i => i.Document == "one").CompleteRaw("{}");
        await write.Arrived;
        var stopping = cluster.Silos.StopSiloAsync(silo);
        while (!devices.IsLeaving) await Task.Yield();
        write.Release();
        await stopping;
        items.Single(i => i.Document == "other").CompleteRaw("{}");

        var next = await cluster.Work.Next();
        Assert.Equal(("next", 1L), (next.Document, next.Generation));
    }

    [Fact]
    public async Task GetQueue_NoDevice_SaysHowToGetOne()
    {
        await using var cluster = await GrainCluster.Start("none");
        await cluster.Register();
        await cluster.Run("run").Start(GrainCluster.Request());
        Assert.Equal("no device: start a silo with Pgm:Devices=auto", (await cluster.Run("run").GetStatus()).Message);
    }

    [Fact]
    public async Task Submit_NewerGeneration_StopsTheOlderOne()
    {
        await using var cluster = await GrainCluster.Start();
        var owner = cluster.Grains.GetGrain<IGangOwnerProbe>("owner");
        await owner.Submit("work", generation: 1, min: 1, max: 1, priority: 0);
        var item = await cluster.Work.Next();
        await owner.Submit("work", generation: 6, min: 1, max: 1, priority: 0);
        await item.Interrupted.InTime();
        Assert.Equal(6, (await cluster.Work.Next()).Generation);
        Assert.Equal(6, (await cluster.Scheduler.GetQueue()).Single().Generation);
    }

    [Fact]
    public async Task SiloStops_WorkRunning_GoesOnElsewhereUnderTheNextGeneration()
    {
        await using var cluster = await GrainCluster.Start(silos: 2);
        // Busies the two devices, then takes away the one with the second run.
        var (_, other) = await cluster.StartRun("other");
        await cluster.Run("run").Start(GrainCluster.Request());
        var item = await cluster.Work.Next();
        cluster.Work.WhenInterrupted = i => i.Context.Publish(Execution.Work.WorkJson.Write(GrainCluster.Checkpoint(8, i.Generation)));
        var worker = (await cluster.Scheduler.Find("run"))!.Worker!;
        var silo = cluster.Silos.Silos.Single(s => worker.StartsWith(s.Name + "/", StringComparison.Ordinal));

        var stopping = cluster.Silos.StopSiloAsync(silo);
        await item.Interrupted.InTime();
        await stopping;
        other.Complete(GrainCluster.TrainResult("other"));

        var second = await cluster.Work.Next();
        Assert.Equal("run", second.Read<TrainWork>().RunId);
        Assert.True(second.Generation > item.Generation);
        Assert.Equal(8, second.Read<TrainWork>().Checkpoints.Single().Step);
        second.Complete(GrainCluster.TrainResult());
        await GrainCluster.ToRest(cluster.Run("run"), JobPhase.Completed);
    }

    [Fact]
    public async Task SiloKilled_WorkRunning_GoesOnElsewhere()
    {
        await using var cluster = await GrainCluster.Start(silos: 2);
        var (_, other) = await cluster.StartRun("other");
        await cluster.Run("run").Start(GrainCluster.Request());
        var item = await cluster.Work.Next();
        var worker = (await cluster.Scheduler.Find("run"))!.Worker!;
        await cluster.Silos.KillSiloAsync(cluster.Silos.Silos.Single(s => worker.StartsWith(s.Name + "/", StringComparison.Ordinal)));
        other.Complete(GrainCluster.TrainResult("other"));
        var second = await cluster.Work.Next();
        Assert.Equal("run", second.Read<TrainWork>().RunId);
        Assert.True(second.Generation > item.Generation);
    }

    [Fact]
    public async Task SubmitMany_TenThousand_AreQueuedInOrderInOneWriteEach()
    {
        await using var cluster = await GrainCluster.Start("none");
        var one = await cluster.Grains.GetGrain<IGangOwnerProbe>("owner").Submit("first", 1, 1, 1, 0);
        var before = (await cluster.Queue.Read()).Version;
        var all = Enumerable.Range(0, 10_000).Select(i => one with { WorkId = $"part-{i}" }).ToList();
        foreach (var some in all.Chunk(500)) await cluster.Scheduler.Submit(some);

        Assert.Equal(before + 20, (await cluster.Queue.Read()).Version);
        var queued = await cluster.Scheduler.GetQueue();
        Assert.Equal(all.Select(w => w.WorkId).Prepend("first"), queued.Select(q => q.WorkId));
        Assert.Equal([1L, 1, 0], await cluster.Scheduler.GetGenerations(["part-0", "part-9999", "unknown"]));
        foreach (var some in all.Chunk(500)) await cluster.Scheduler.Submit(some);
        Assert.Equal(before + 20, (await cluster.Queue.Read()).Version);
    }

    [Fact]
    public async Task Worker_UnknownSilo_IsAClearError()
    {
        await using var cluster = await GrainCluster.Start();
        var e = await Assert.ThrowsAnyAsync<OrleansException>(() => cluster.Grains.GetGrain<IGpuWorkerGrain>("nowhere/cpu:0").GetStatus());
        Assert.Contains("'nowhere'", e.ToString());
    }

    /// <summary>
    /// As after a restart: the scheduler finds that a device's process is another one while the job's grain wakes and submits what it knew.
    /// </summary>
    [Fact]
    public async Task Submit_WhatWasLostAndItsOwnerDoesNotKnowYet_WaitsForTheNextGeneration()
    {
        await using var cluster = await GrainCluster.Start();
        var work = await cluster.Grains.GetGrain<IGangOwnerProbe>("busy-owner").Submit("work", 2, 1, 1, 0);
        await cluster.Work.Next();
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        GangOwnerProbe.Busy["busy-owner"] = told.Task;
        try
        {
            await cluster.LoseWorker();
            while (await cluster.Scheduler.Find("work") is not null) await Task.Yield();

            await cluster.Scheduler.Submit(work);
            Assert.Null(await cluster.Scheduler.Find("work"));
            Assert.Equal([2L], await cluster.Scheduler.GetGenerations(["work"]));
            // What is not stored meanwhile is undone; this was.
            cluster.Storage.FailWritesOf = TestSchedulerStore.Name;
            await Assert.ThrowsAnyAsync<Exception>(() => cluster.Scheduler.Submit(work with { WorkId = "other" }));
            cluster.Storage.FailWritesOf = null;
            Assert.Equal([2L], await cluster.Scheduler.GetGenerations(["work"]));
            await cluster.Scheduler.Submit(work with { Generation = 3 });
            Assert.Equal(3, (await cluster.Scheduler.Find("work"))!.Generation);
        }
        finally
        {
            told.SetResult();
            GangOwnerProbe.Busy.TryRemove("busy-owner", out _);
        }
    }

    private static async Task Submit(GrainCluster cluster, params string[] ids)
    {
        foreach (var id in ids) await cluster.Grains.GetGrain<IGangOwnerProbe>("owner").Submit(id, 1, 1, 1, 0);
    }

    /// <summary>Has the one device end some work, be given what is next, and be told to stop that before it has heard of it.</summary>
    /// <returns>What the answer waits for.</returns>
    private static async Task<HeldWrites> StopBeforeTheAnswer(GrainCluster cluster, string next)
    {
        await Submit(cluster, "one");
        var one = await cluster.Work.Next();
        await Submit(cluster, next);
        var worker = (await cluster.Scheduler.Find("one"))!.Worker!;
        var write = cluster.Storage.HoldWritesOf(TestSchedulerStore.Name);
        one.CompleteRaw("{}");
        await write.Arrived;
        await cluster.Grains.GetGrain<IGpuWorkerGrain>(worker).Stop(next, 1);
        return write;
    }
}

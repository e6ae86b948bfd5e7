using PgmCluster.Grains.Protocol;
using PgmCluster.Grains.Tests.Support;
using PgmCluster.TestSupport;
using static PgmCluster.Grains.Tests.Support.Waits;

namespace PgmCluster.Grains.Tests.Scheduling;

/// <summary>What the scheduler calls, how often, and what becomes of it.</summary>
public class SchedulerCallsTests
{
    [Fact]
    public async Task Submit_ManyWhileAWriteIsUnderWay_AreStoredInOneWrite()
    {
        await using var cluster = await GrainCluster.Start("none");
        var one = await Owner(cluster).Submit("first", 1, 1, 1, 0);
        var before = (await cluster.Queue.Read()).Version;
        var write = cluster.Storage.HoldWritesOf(TestSchedulerStore.Name);
        var second = cluster.Scheduler.Submit(one with { WorkId = "second" });
        await write.Arrived;
        cluster.Calls.Clear();
        var others = Enumerable.Range(0, 100).Select(i => cluster.Scheduler.Submit(one with { WorkId = $"{i}" })).ToList();
        while (cluster.Calls.Of("IDeviceSchedulerGrain.Submit") < 100) await Task.Yield();
        write.Release();
        await Task.WhenAll([second, .. others]);
        Assert.Equal(before + 2, (await cluster.Queue.Read()).Version);
        Assert.Equal(102, (await cluster.Scheduler.GetQueue()).Count);
    }

    [Fact]
    public async Task Withdraw_TheDeviceTakesItsTime_IsToldOnceHoweverMuchElseHappens()
    {
        // However long that takes.
        await using var cluster = await GrainCluster.Start(configure: o => o.Timings.StopAgain = TimeSpan.FromDays(1));
        var (told, ends) = (new TaskCompletionSource(), new TaskCompletionSource());
        cluster.Work.WhenInterrupted = _ =>
        {
            told.TrySetResult();
            ends.Task.Wait();
        };
        await Owner(cluster).Submit("work", 1, 1, 1, 0);
        await cluster.Work.Next();
        await cluster.Scheduler.Withdraw("work", 1);
        await told.Task.InTime();
        for (var other = 0; other < 20; other++) await Owner(cluster).Submit($"other-{other}", 1, 1, 1, 0);
        Assert.Equal(1, cluster.Calls.Of("IGpuWorkerGrain.Stop"));
        ends.SetResult();
        Assert.Equal("other-0", (await cluster.Work.Next()).Document);
    }

    [Fact]
    public async Task Withdraw_TheDeviceHasNotStoppedAfterAWhile_IsToldAgain()
    {
        var (again, day) = (TimeSpan.FromHours(1), TimeSpan.FromDays(1));
        var time = new LeapingTime();
        await using var cluster = await GrainCluster.Start(time: time, configure: o =>
            (o.Timings.StopAgain, o.Timings.LeaseTimeout, o.Timings.LeaseBlind) = (again, day, day));
        var (told, ends) = (new TaskCompletionSource(), new TaskCompletionSource());
        cluster.Work.WhenInterrupted = _ =>
        {
            told.TrySetResult();
            ends.Task.Wait();
        };
        cluster.Calls.FailNext("IGpuWorkerGrain.Stop");
        await Owner(cluster).Submit("work", 1, 1, 1, 0);
        await cluster.Work.Next();
        await cluster.Scheduler.Withdraw("work", 1);
        await Eventually(() => Task.FromResult(cluster.Calls.Of("IGpuWorkerGrain.Stop") == 1), "the order that does not arrive");

        time.Leap(again);

        await told.Task.InTime();
        Assert.Equal(2, cluster.Calls.Of("IGpuWorkerGrain.Stop"));
        ends.SetResult();
    }

    /// <summary>The owner has not heard of the loss when the scheduler stops: it hears before the scheduler is gone.</summary>
    [Fact]
    public async Task Stop_AnOwnerIsYetToBeTold_IsToldBeforeTheSchedulerIsGone()
    {
        await using var cluster = await GrainCluster.Start();
        await Owner(cluster).Submit("work", 1, 1, 1, 0);
        await cluster.Work.Next();
        cluster.Calls.FailNext("IWorkOwner.Report");
        await cluster.LoseWorker();
        while (!cluster.Log.Lines.Any(l => l.StartsWith("The owner of lost work work does not answer", StringComparison.Ordinal)))
            await Task.Yield();

        await cluster.Silos.DeactivateAsync(cluster.Scheduler);

        Assert.Contains(await Owner(cluster).Reports(), r => r is { State: WorkState.Lost, WorkId: "work", Generation: 1 });
    }

    /// <summary>As of one that is killed after it has stored the loss.</summary>
    [Fact]
    public async Task Stop_AnOwnerCouldNotBeTold_IsToldByTheNextScheduler()
    {
        await using var cluster = await GrainCluster.Start();
        var work = await Owner(cluster).Submit("work", 1, 1, 1, 0);
        await cluster.Work.Next();
        cluster.Calls.FailAll("IWorkOwner.Report");
        await cluster.LoseWorker();
        await Said(cluster, "The owner of lost work work does not answer");

        await cluster.Silos.DeactivateAsync(cluster.Scheduler);

        // Whoever asks meanwhile waits for the news, which counts the loss.
        Assert.Equal([1L], await cluster.Scheduler.GetGenerations(["work"]));
        await cluster.Scheduler.Submit(work);
        Assert.Null(await cluster.Scheduler.Find("work"));
        cluster.Calls.FailAll(null);
        var told = await Told(cluster);
        Assert.Equal((1L, 0, 1L), (told.Generation, told.Remaining, told.Lease));
        await Eventually(async () => (await cluster.Scheduler.GetGenerations(["work"]))[0] == 0, "the news to be forgotten");
        await cluster.Silos.DeactivateAsync(cluster.Scheduler);
        Assert.Equal([0L], await cluster.Scheduler.GetGenerations(["work"]));
    }

    [Fact]
    public async Task Lost_TheOwnerCannotBeToldForLong_IsToldOnceItCan()
    {
        await using var cluster = await GrainCluster.Start();
        await Owner(cluster).Submit("work", 1, 1, 1, 0);
        await cluster.Work.Next();
        cluster.Calls.FailAll("IWorkOwner.Report");
        await cluster.LoseWorker();
        for (var attempt = 1; attempt < 6; attempt++)
        {
            // Who asks for it is told at once, however long it has to wait by now.
            Assert.Equal([1L], await cluster.Scheduler.GetGenerations(["work"]));
            await Said(cluster, $"The owner of lost work work does not answer, attempt {attempt}");
        }

        cluster.Calls.FailAll(null);

        await Told(cluster);
    }

    /// <summary>A device did not answer, and what follows from it cannot be stored.</summary>
    [Fact]
    public async Task Run_TheDeviceDoesNotAnswerWhileTheStorageIsAway_IsSaidAndTheWorkIsDoneLater()
    {
        await using var cluster = await GrainCluster.Start(configure: o => o.Timings.LeaseSettles = TimeSpan.FromSeconds(1));
        cluster.Calls.FailNext("IGpuWorkerGrain.Run", () => cluster.Storage.FailWritesOf = TestSchedulerStore.Name);
        await Owner(cluster).Submit("work", 1, 1, 1, 0);
        while (!cluster.Log.Lines.Any(l => l.StartsWith("What was heard of devices could not be acted on", StringComparison.Ordinal)))
            await Task.Yield();
        cluster.Storage.FailWritesOf = null;
        Assert.Equal("work", (await cluster.Work.Next()).Document);
    }

    [Fact]
    public async Task Ended_TheOwnerCannotBeTold_TheDeviceIsNotHeldForEver()
    {
        await using var cluster = await GrainCluster.Start(configure: o => o.Timings.OwnerPatience = TimeSpan.FromSeconds(1));
        await Owner(cluster).Submit("work", 1, 1, 1, 0);
        await Owner(cluster).Submit("next", 1, 1, 1, 0);
        var item = await cluster.Work.Next();
        cluster.Calls.FailAll("IWorkOwner.Report");

        item.CompleteRaw("{}");

        var next = await cluster.Work.Next();
        Assert.Equal("next", next.Document);
        Assert.Null(await cluster.Scheduler.Find("work"));
        Assert.Contains(cluster.Log.Lines, l => l.StartsWith("Telling the owner of work work generation 1 how", StringComparison.Ordinal));
        cluster.Calls.FailAll(null);
        // The owner finds that nobody has it.
        await Owner(cluster).Submit("work", 2, 1, 1, 0);
        next.CompleteRaw("{}");
        Assert.Equal(("work", 2L), ((await cluster.Work.Next()) is { } again ? (again.Document, again.Generation) : default));
    }

    private static Task Said(GrainCluster cluster, string line) => Eventually(
        () => Task.FromResult(cluster.Log.Lines.Any(l => l.StartsWith(line, StringComparison.Ordinal))), $"the log to say '{line}'");

    /// <summary>The news of the loss of "work", once the owner has it.</summary>
    private static async Task<WorkReport> Told(GrainCluster cluster)
    {
        var reports = await Eventually(
            "the owner knows of the loss", () => Owner(cluster).Reports(), reports => reports.Any(r => r.State == WorkState.Lost));
        return reports.Single(r => r.State == WorkState.Lost);
    }

    private static IGangOwnerProbe Owner(GrainCluster cluster) => cluster.Grains.GetGrain<IGangOwnerProbe>("owner");
}

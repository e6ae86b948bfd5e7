using PgmCluster.Contracts.Devices;
using PgmCluster.Contracts.Errors;
using PgmCluster.Grains.Scheduling.Former;
using PgmCluster.Grains.Scheduling.Rows;
using PgmCluster.Grains.Tests.Support;

namespace PgmCluster.Grains.Tests.Scheduling;

/// <summary>What the scheduler finds stored, and what it does when others write there.</summary>
public sealed class StoredQueueTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pgm-queue-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Restart_QueuedWork_IsStillThereInOrderAndRuns()
    {
        await using (var cluster = await Start("none"))
        {
            foreach (var id in new[] { "c", "a", "b" }) await Owner(cluster).Submit(id, 1, 1, 1, 0);
            await Owner(cluster).Submit("gone", 1, 1, 1, 0);
            await cluster.Scheduler.Withdraw("gone", 1);
        }
        await using var again = await Start("cpu:0");
        foreach (var id in new[] { "c", "a", "b" })
        {
            var item = await again.Work.Next();
            Assert.Equal((id, 1), (item.Document, item.Generation));
            item.CompleteRaw("");
        }
        await UntilEmpty(again);
        Assert.Empty((await again.Queue.Read()).Work);
    }

    [Fact]
    public async Task Start_StateOfAnOlderVersion_GoesOnFromItAndItIsCleared()
    {
        await WriteFormer(new DeviceSchedulerState
        {
            LastLease = 7,
            Work = [Former("late", 3, 1), Former("early", 2, 0)],
            Usage = [new FormerUsage { User = "ann", Seconds = 1e6, AsOf = DateTimeOffset.UtcNow }],
        });

        await using (var cluster = await Start("cpu:0"))
        {
            var item = await cluster.Work.Next();
            Assert.Equal(("document of early", 2), (item.Document, item.Generation));
            var stored = await cluster.Queue.Read();
            Assert.Equal(["early", "late"], stored.Work.Select(w => w.WorkId).Order());
            Assert.Equal("ann", Assert.Single(stored.Usage).User);
            Assert.Equal(8, Assert.Single(stored.Leases).Number);
            Assert.Empty(Directory.GetFiles(Path.Combine(_directory, "state"), "device-scheduler-*"));
            item.CompleteRaw("");
            (await cluster.Work.Next()).CompleteRaw("");
            await UntilEmpty(cluster);
        }
        await using var again = await Start("none");
        Assert.Empty(await again.Scheduler.GetQueue());
    }

    /// <summary>As where the silo was killed between moving the old state and clearing it.</summary>
    [Fact]
    public async Task Start_StateOfAnOlderVersionThatWasMovedAlready_IsClearedAndNothingComesBack()
    {
        await WriteFormer(new DeviceSchedulerState { Work = [Former("done", 1, 0)] });
        await using (var cluster = await Start("cpu:0"))
        {
            (await cluster.Work.Next()).CompleteRaw("");
            await UntilEmpty(cluster);
        }
        await WriteFormer(new DeviceSchedulerState { Work = [Former("done", 1, 0)] });

        await using var again = await Start("none");

        Assert.Empty(await again.Scheduler.GetQueue());
        Assert.Empty(Directory.GetFiles(Path.Combine(_directory, "state"), "device-scheduler-*"));
    }

    /// <summary>As where an older silo went on with the old state after it was moved, because it could not be cleared.</summary>
    [Fact]
    public async Task Start_StateWithWhichAnOlderVersionWentOn_TakesThePlaceOfTheRows()
    {
        await WriteFormer(new DeviceSchedulerState
        {
            LastLease = 3,
            Work = [Former("done", 1, 0), Former("kept", 1, 1)],
            Usage = [new FormerUsage { User = "ann", Seconds = 1e6, AsOf = DateTimeOffset.UtcNow }],
        });
        await using (var cluster = await Start("none")) Assert.Equal(2, (await cluster.Scheduler.GetQueue()).Count);
        await WriteFormer(new DeviceSchedulerState { LastLease = 5, Work = [Former("kept", 2, 1), Former("new", 1, 2)] });

        await using var again = await Start("none");

        Assert.Equal([("kept", 2L), ("new", 1L)], (await again.Scheduler.GetQueue()).Select(q => (q.WorkId, q.Generation)));
        var stored = await again.Queue.Read();
        Assert.Equal((5, 2, 0), (stored.LastLease, stored.Work.Count, stored.Usage.Count));
        Assert.Equal("document of kept", await again.Queue.ReadDocument("kept", 2));
        Assert.Empty(Directory.GetFiles(Path.Combine(_directory, "state"), "device-scheduler-*"));
    }

    [Fact]
    public async Task Submit_AnotherActivationHasWritten_IsRefusedAndTheNextOneGoesOnFromWhatIsStored()
    {
        await using var cluster = await Start("none");
        await Owner(cluster).Submit("first", 1, 1, 1, 0);
        var stored = await cluster.Queue.Read();
        await cluster.Queue.Write(new SchedulerChange
        {
            Version = stored.Version,
            LastLease = stored.LastLease,
            Work = new([stored.Work.Single() with { WorkId = "of another", Number = 2 }], []),
            Documents = new Dictionary<string, string> { ["of another"] = "{}" },
        });

        var refused = await Assert.ThrowsAsync<PgmException>(() => Owner(cluster).Submit("second", 1, 1, 1, 0));

        Assert.Equal("Saving the queue: another scheduler has written it. Try again; the newer one answers.", refused.Message);
        await Owner(cluster).Submit("second", 1, 1, 1, 0);
        Assert.Equal(["first", "of another", "second"], (await cluster.Scheduler.GetQueue()).Select(w => w.WorkId));
    }

    [Fact]
    public async Task Withdraw_StorageAway_ChangesNothing()
    {
        await using var cluster = await Start("none");
        await Owner(cluster).Submit("work", 1, 1, 1, 0);
        cluster.Storage.FailWritesOf = TestSchedulerStore.Name;
        await Assert.ThrowsAsync<PgmException>(() => cluster.Scheduler.Withdraw("work", 1));
        Assert.Equal("work", (await cluster.Scheduler.GetQueue()).Single().WorkId);
        cluster.Storage.FailWritesOf = null;
        await cluster.Scheduler.Withdraw("work", 1);
        Assert.Empty((await cluster.Queue.Read()).Work);
    }

    private static IGangOwnerProbe Owner(GrainCluster cluster) => cluster.Grains.GetGrain<IGangOwnerProbe>("owner");

    private static async Task UntilEmpty(GrainCluster cluster)
    {
        while ((await cluster.Scheduler.GetQueue()).Count > 0) await Task.Yield();
    }

    private static FormerWork Former(string id, long generation, int minutes) => new()
    {
        WorkId = id,
        Generation = generation,
        Kind = "fake",
        Document = $"document of {id}",
        Owner = "gangownerprobe/owner",
        SubmittedAt = SimulatedCluster.Epoch.AddMinutes(minutes),
        WaitingSince = SimulatedCluster.Epoch.AddMinutes(minutes),
    };

    private Task<GrainCluster> Start(string devices) => GrainCluster.Start(devices, directory: _directory);

    private Task WriteFormer(DeviceSchedulerState state) => new FileGrainStorage(Path.Combine(_directory, "state")).WriteStateAsync(
        "device-scheduler", GrainId.Create("devicescheduler", "default"), new GrainState<DeviceSchedulerState>(state));
}

using Microsoft.Extensions.DependencyInjection;
using PgmCluster.Grains.Leases;
using PgmCluster.Grains.Options;
using PgmCluster.Grains.Protocol;
using PgmCluster.Grains.Tests.Support;
using static PgmCluster.Grains.Tests.Support.Waits;

namespace PgmCluster.Grains.Tests.Leases;

public class HeartbeatTests
{
    /// <summary>Calls, not their times: whatever there is of devices, of what waits and of what is done, a silo makes one call.</summary>
    [Fact]
    public async Task AtRest_ManyDevicesAndJobs_NothingIsCalledButOneHeartbeatASiloAndOneQuestionOfTheScheduler()
    {
        await using var cluster = await GrainCluster.Start(
            "cpu:0,cpu:1,cpu:2,cpu:3,cpu:4,cpu:5,cpu:6,cpu:7", silos: 2, controlSilos: 1, auto: _ => "{}", configure: o =>
            {
                Quick(o);
                // A scheduler that a busy machine keeps from asking for three of these is taken for one of an older version.
                o.Timings.PlanInterval = TimeSpan.FromSeconds(3);
            });
        for (var done = 0; done < 20; done++) await Owner(cluster).Submit($"done-{done}", 1, 1, 1, 0);
        await Eventually(async () => (await cluster.Scheduler.GetQueue()).Count == 0, "all to be done");
        await Owner(cluster).Submit("waits", 1, 9, 9, 0);
        Assert.Equal(8, (await cluster.Scheduler.GetDevices()).Count);
        cluster.Calls.Clear();

        await Eventually(
            () => Task.FromResult(cluster.Calls.Of("ILeaseGrain.Renew") >= 10 && cluster.Calls.Of("ILeaseGrain.GetNews") > 0),
            "ten heartbeats and a question");

        // The look at the catalog, and that somebody does it, are not of the scheduling: they come every few seconds.
        string[] others = ["ICatalogGrain", "IJobSupervisorGrain", "IRetentionKeeperGrain"];
        Assert.Equal(
            ["ILeaseGrain.GetNews", "ILeaseGrain.Renew"], cluster.Calls.Methods.Where(m => !others.Contains(m.Split('.')[0])).Order());
    }

    [Fact]
    public async Task SchedulerWaitsForItsStorage_HeartbeatsAreAnsweredAndNoWorkIsStopped()
    {
        await using var cluster = await GrainCluster.Start(configure: Quick);
        await Owner(cluster).Submit("work", 1, 1, 1, 0);
        var item = await cluster.Work.Next();
        var write = cluster.Storage.HoldWritesOf(TestSchedulerStore.Name);
        var submitting = Owner(cluster, "other").Submit("next", 1, 1, 1, 0);
        await write.Arrived;
        cluster.Calls.Clear();

        // The next is sent only when one was answered.
        await Eventually(() => Task.FromResult(cluster.Calls.Of("ILeaseGrain.Renew") >= 20), "twenty heartbeats");

        Assert.False(item.Interrupted.IsCompleted);
        write.Release();
        await submitting;
        item.CompleteRaw("{}");
        Assert.Equal("next", (await cluster.Work.Next()).Document);
    }

    [Fact]
    public async Task LeaseGrainMoves_KnowsTheSilosAgainByTheirHeartbeatsAndNothingIsLost()
    {
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1", configure: Quick);
        await Owner(cluster).Submit("work", 1, 1, 1, 0);
        var item = await cluster.Work.Next();
        for (var move = 0; move < 3; move++)
        {
            await cluster.Silos.DeactivateAsync(cluster.Grains.GetGrain<ILeaseGrain>("default"));
            cluster.Calls.Clear();
            await Eventually(() => Task.FromResult(cluster.Calls.Of("ILeaseGrain.GetNews") >= 2), "the scheduler to ask again");
        }
        Assert.False(item.Interrupted.IsCompleted);
        var news = await cluster.Grains.GetGrain<ILeaseGrain>("default").GetNews(null);
        Assert.Equal(2, Assert.Single(news.Silos).Devices!.Count);
        await Owner(cluster).Submit("next", 1, 1, 1, 0);
        Assert.Equal("next", (await cluster.Work.Next()).Document);
        Assert.Empty(await Owner(cluster).Reports());
    }

    [Fact]
    public async Task MembershipTableCannotBeRead_NoLeaseGoesOnUntilItCan()
    {
        await using var cluster = await GrainCluster.Start(configure: o =>
        {
            Quick(o);
            (o.Timings.LeaseTimeout, o.Timings.LeaseBlind) = (TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));
        });
        var readings = cluster.Silos.GetSiloServiceProvider().GetRequiredService<MembershipReadings>();
        FakeItem item;
        await using (new Reader(readings))
        {
            await Owner(cluster).Submit("work", 1, 1, 1, 0);
            item = await cluster.Work.Next();
        }

        await item.Interrupted.InTime();
        var answer = await cluster.Grains.GetGrain<ILeaseGrain>("default").Renew(new SiloHeartbeat("other", []));
        Assert.StartsWith("Renewing leases: the membership table could not be read for ", answer.Refusal);

        await Owner(cluster).Submit("next", 1, 1, 1, 0);
        Assert.False(cluster.Work.AnyWaiting);
        await using var again = new Reader(readings);
        Assert.Equal("next", (await cluster.Work.Next()).Document);
    }

    /// <summary>As on a machine so busy that each answer takes longer than is waited for it.</summary>
    [Fact]
    public async Task AnswersComeAfterTheirHeartbeatsWereGivenUp_LeasesGoOnAllTheSame()
    {
        Timings timings = null!;
        await using var cluster = await GrainCluster.Start(configure: o =>
        {
            Quick(o);
            timings = o.Timings;
            (timings.LeaseTimeout, timings.LeaseBlind) = (TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));
        });
        var readings = cluster.Silos.GetSiloServiceProvider().GetRequiredService<MembershipReadings>();
        await using (new Reader(readings))
        {
            await Owner(cluster).Submit("work", 1, 1, 1, 0);
        }
        await (await cluster.Work.Next()).Interrupted.InTime();

        timings.HeartbeatTimeout = TimeSpan.FromTicks(1);
        await Owner(cluster).Submit("next", 1, 1, 1, 0);
        await using var again = new Reader(readings);
        Assert.Equal("next", (await cluster.Work.Next()).Document);
    }

    /// <summary>As while silos are replaced one by one by those of a newer version, and the scheduler is on one of the older.</summary>
    [Fact]
    public async Task SchedulerNeverAsks_IsToldByEveryDevice()
    {
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1", configure: Quick);
        await Eventually(async () => (await cluster.Scheduler.GetDevices()).Count == 2, "the devices");
        cluster.Calls.FailAll("ILeaseGrain.GetNews");
        // Also who has heard of them before learns what they do.
        await Eventually(() => Task.FromResult(cluster.Calls.Of("IDeviceSchedulerGrain.Announce") >= 4), "two rounds of announcements");
        await Owner(cluster).Submit("work", 1, 2, 2, 0);
        string[] items = [(await cluster.Work.Next()).Document, (await cluster.Work.Next()).Document];
        Assert.Equal(["work", "work"], items);
    }

    [Fact]
    public void Age_UntilSomebodySays_IsUnknown()
    {
        var readings = new MembershipReadings(TimeProvider.System);
        Assert.Null(readings.Age);
        readings.Taken();
        Assert.NotNull(readings.Age);
    }

    /// <summary>Twenty times as quick as by default, but for how long leases last.</summary>
    private static void Quick(GrainsOptions options) => options.Timings = new Timings
    {
        Heartbeat = TimeSpan.FromMilliseconds(100),
        PlanInterval = TimeSpan.FromMilliseconds(100),
    };

    private static IGangOwnerProbe Owner(GrainCluster cluster, string name = "owner") => cluster.Grains.GetGrain<IGangOwnerProbe>(name);

    /// <summary>Reads the membership table as silos do, until it is disposed of.</summary>
    private sealed class Reader : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stopped = new();
        private readonly Task _reading;

        public Reader(MembershipReadings readings)
        {
            readings.Taken();
            _reading = Read(readings);
        }

        public async ValueTask DisposeAsync()
        {
            await _stopped.CancelAsync();
            await _reading;
            _stopped.Dispose();
        }

        private async Task Read(MembershipReadings readings)
        {
            while (!_stopped.IsCancellationRequested)
            {
                readings.Taken();
                await Task.Delay(100, _stopped.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}

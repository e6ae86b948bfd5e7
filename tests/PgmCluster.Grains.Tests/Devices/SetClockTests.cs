using PgmCluster.Contracts.Jobs;
using PgmCluster.Execution.Documents;
using PgmCluster.Grains.Devices;
using PgmCluster.Grains.Hosting;
using PgmCluster.Grains.Protocol;
using PgmCluster.Grains.Scheduling.Rows;
using PgmCluster.Grains.Tests.Support;

namespace PgmCluster.Grains.Tests.Devices;

/// <summary>The machine's clock is set by hours while a silo runs, as by NTP, by hand, or after a suspension.</summary>
public class SetClockTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(-3)]
    public async Task ClockIsSet_NoDeviceIsTakenForSilent(int hours)
    {
        var time = new JumpingTime();
        await using var cluster = await GrainCluster.Start(time: time, configure: o => o.Timings.LeaseTimeout = TimeSpan.FromMinutes(20));
        var (run, item) = await cluster.StartRun();
        item.Complete(GrainCluster.TrainResult());
        await GrainCluster.ToRest(run, JobPhase.Completed);
        // What it said before is all that there is to judge it by.
        cluster.SchedulerIsCutOff = true;
        time.Set(TimeSpan.FromHours(hours));
        Assert.InRange((await cluster.Scheduler.GetDevices()).Single().SecondsSinceSeen ?? -1, 0, 1200);
        await cluster.Run("next").Start(GrainCluster.Request());
        (await cluster.Work.Next()).Complete(GrainCluster.TrainResult("next"));
        await GrainCluster.ToRest(cluster.Run("next"), JobPhase.Completed);
    }

    [Fact]
    public async Task ClockIsSetBack_WhatWasSubmittedFirstIsStillFirst()
    {
        var time = new JumpingTime();
        await using var cluster = await GrainCluster.Start(time: time);
        var (run, item) = await cluster.StartRun();
        await cluster.Run("first").Start(GrainCluster.Request());
        time.Set(TimeSpan.FromHours(-3));
        await cluster.Run("second").Start(GrainCluster.Request());
        item.Complete(GrainCluster.TrainResult());
        await GrainCluster.ToRest(run, JobPhase.Completed);
        foreach (var id in new[] { "first", "second" })
        {
            var next = await cluster.Work.Next();
            Assert.Equal(id, next.Read<TrainWork>().RunId);
            next.Complete(GrainCluster.TrainResult(id));
        }
    }

    [Fact]
    public async Task ClockIsSetBack_WhoWaitsToJoinAGangIsAnswered()
    {
        var time = new JumpingTime();
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1", time: time);
        await cluster.Register();
        await cluster.Run("run").Start(GrainCluster.Request() with { MinWorkers = 1, MaxWorkers = 3 });
        FakeItem[] members = [await cluster.Work.Next(), await cluster.Work.Next()];
        await Task.WhenAll(members.Select(m => Task.Factory.StartNew(
            () => m.Context.Gang!.Meet(-1, []), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        var owner = cluster.Run("run").AsReference<IGangOwner>();
        var (generation, member) = (members[0].Generation, members[0].Context.Gang!.Worker);
        var late = owner.Meet(new GangArrival
        {
            WorkId = "run",
            Generation = generation,
            Worker = "late",
            Incarnation = "late",
            Step = -1,
            Address = "127.0.0.1:1",
        });
        // Members are asked to come once somebody waits for them.
        var present = new GangPresence { WorkId = "run", Generation = generation, Worker = member, GangGeneration = 1 };
        while (await owner.Attend(present) != GangOrder.Meet)
        {
        }
        time.Set(TimeSpan.FromHours(-3));
        Assert.Equal(GangOutcome.Waiting, (await late).Outcome);
    }

    [Fact]
    public void Restored_TimesOfAClockThatWasAhead_CountFromNow()
    {
        var (now, later) = (new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 1, 1, 3, 0, 0, TimeSpan.Zero));
        var content = new SchedulerContent
        {
            Work = [new ScheduledWork { WorkId = "old", SubmittedAt = now.AddHours(-1), WaitingSince = later }],
            Leases = [new DeviceLease { Worker = "w", WorkId = "old", Since = later, GrantedAt = later }],
            Usage = [new UserUsage { User = "u", AsOf = later }],
        };
        var restored = content.NotAfter(now);
        var (work, lease) = (restored.Work.Single(), restored.Leases.Single());
        Assert.Equal((now.AddHours(-1), now), (work.SubmittedAt, work.WaitingSince));
        Assert.Equal((now, now, now), (lease.Since, lease.GrantedAt, restored.Usage.Single().AsOf));
    }
}

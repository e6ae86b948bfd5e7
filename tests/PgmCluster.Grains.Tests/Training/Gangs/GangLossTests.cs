using PgmCluster.Contracts.Jobs;
using PgmCluster.Grains.Protocol;
using PgmCluster.Grains.Tests.Support;
using static PgmCluster.Grains.Tests.Support.Waits;
using static PgmCluster.Grains.Tests.Training.Gangs.GangMembers;

namespace PgmCluster.Grains.Tests.Training.Gangs;

/// <summary>What of a gang's losses counts against its run: five in a row without getting further are taken for the run's own doing.</summary>
public class GangLossTests
{
    [Fact]
    public async Task Announce_AProcessWithFiveMembersDied_IsOneLossAndTheRunGoesOn()
    {
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1,cpu:2,cpu:3,cpu:4");
        var members = await Started(cluster, 5, 5, 5);
        await Meet(members);
        var run = cluster.Run("run");
        await GrainCluster.Until(run, e => e.Phase == JobPhase.Running, "running");

        var devices = await cluster.Scheduler.GetDevices();
        foreach (var device in devices) await cluster.Scheduler.Announce(device with { Incarnation = "another", Work = null });

        foreach (var member in members) await member.Interrupted.InTime();
        var again = await cluster.Work.Next();
        Assert.True(again.Generation > members[0].Generation);
        Assert.False((await run.GetStatus()).Phase.IsAtRest());
    }

    /// <summary>Who has no answer in time says it again, while the owner is still at the first.</summary>
    [Theory]
    [InlineData(WorkState.Faulted)]
    [InlineData(WorkState.Lost)]
    public async Task Report_TheSameAgainAndAgain_CountsOnce(WorkState state)
    {
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1");
        var members = await Started(cluster, 1, 2, 2);
        await Meet(members);
        var run = cluster.Run("run");
        var isLost = state == WorkState.Lost;
        var report = new WorkReport
        {
            WorkId = "run",
            Generation = members[1].Generation,
            State = state,
            Progress = isLost ? new() : new JobProgress { Done = 7, Total = 100, Unit = "step" },
            Worker = members[1].Context.Gang!.Worker,
            Error = isLost ? null : "an index was out of range",
            Remaining = isLost ? 1 : -1,
            Lease = 2,
            Process = isLost ? "its process" : null,
        };
        for (var copy = 0; copy < 6; copy++) Assert.True(await run.AsReference<IWorkOwner>().Report(report));

        Assert.False((await run.GetStatus()).Phase.IsAtRest());
    }

    /// <summary>As of one that computes so long that it is taken for lost, each time it has joined the others again.</summary>
    [Fact]
    public async Task Report_AProcessIsLostFiveTimesAndStillLives_EachCounts()
    {
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1");
        var members = await Started(cluster, 1, 2, 2);
        await Meet(members);
        var run = cluster.Run("run");
        for (var lease = 2; lease < 7; lease++)
        {
            var report = new WorkReport
            {
                WorkId = "run",
                Generation = members[1].Generation,
                State = WorkState.Lost,
                Worker = members[1].Context.Gang!.Worker,
                Remaining = 1,
                Lease = lease,
                Process = "its process",
            };
            Assert.True(await run.AsReference<IWorkOwner>().Report(report));
        }

        Assert.Equal(JobPhase.Parked, (await run.GetStatus()).Phase);
    }

    /// <summary>As of a scheduler, or a device, that could not tell it at once: the device has come back under a later lease.</summary>
    [Theory]
    [InlineData(WorkState.Lost)]
    [InlineData(WorkState.Faulted)]
    [InlineData(WorkState.Stopped)]
    public async Task Report_AnEndIsToldAfterItsSuccessorHasASeat_TheSuccessorIsWaitedFor(WorkState state)
    {
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1");
        await cluster.Grains.GetGrain<IGangOwnerProbe>("owner").Submit("before", 1, 1, 1, 0);
        (await cluster.Work.Next()).CompleteRaw("{}");
        await Eventually(async () => (await cluster.Scheduler.GetGenerations(["before"]))[0] == 0, "the first lease to be over");
        var members = await Started(cluster, 2, 2, 2);
        await Meet(members);
        var report = new WorkReport
        {
            WorkId = "run",
            Generation = members[1].Generation,
            State = state,
            Worker = members[1].Context.Gang!.Worker,
            Error = state == WorkState.Faulted ? "an index was out of range" : null,
            Remaining = state == WorkState.Lost ? 2 : -1,
            Lease = 1,
            Process = state == WorkState.Lost ? "the process before" : null,
        };
        Assert.True(await cluster.Run("run").AsReference<IWorkOwner>().Report(report));

        cluster.Calls.Clear();
        var first = Meet(members[0], 7);
        await Eventually(() => Task.FromResult(cluster.Calls.Of("IGangOwner.Meet") > 0), "one to come back");
        var seats = await Task.WhenAll(first, Meet(members[1], 7));

        Assert.All(seats, seat => Assert.Equal(2, seat!.Peers.Count));
    }
}

using System.Text.Json.Nodes;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Training;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Gangs;
using PgmCluster.Execution.Wire;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Protocol;
using PgmCluster.Grains.Tests.Support;
using static PgmCluster.Grains.Tests.Support.Waits;
using static PgmCluster.Grains.Tests.Training.Gangs.GangMembers;

namespace PgmCluster.Grains.Tests.Training.Gangs;

/// <summary>
/// A run that several devices share, as its grain and the devices' reports have it; what they compute is played by the tests.
/// </summary>
public class GangRunTests
{
    [Fact]
    public async Task Start_DevicesForAll_MembersGetSeatsOfOneGang()
    {
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1,cpu:2");
        var members = await Started(cluster, 2, 3, 3);
        var seats = await Meet(members);
        Assert.All(seats, s => Assert.Equal((1L, 3, -1L), (s!.Generation, s.Peers.Count, s.Peers[s.Source].Step)));
        Assert.Equal([0, 1, 2], seats.Select(s => s!.Rank).Order());
        Assert.Single(seats.Select(s => Convert.ToHexString(s!.Secret)).Distinct());
        Assert.All(members.Zip(seats), m => Assert.Equal(m.Second!.Peers[m.Second.Rank].Address, m.First.Context.Gang!.DataPlane.Address));
        var details = await cluster.Run("run").GetDetails();
        Assert.Equal((1L, 3), (details.GangGeneration, details.Members.Count));
    }

    [Fact]
    public async Task Secret_OfAGang_IsInNothingThatIsStored_AndTheSameAfterARestart()
    {
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1");
        var members = await Started(cluster, 2, 2, 2);
        var secret = (await Meet(members))[0]!.Secret;
        Assert.Equal(32, secret.Length);

        var files = Directory.GetFiles(Path.Combine(cluster.Root, "state"), "*.json");
        var stored = string.Concat(files.Select(File.ReadAllText));
        Assert.Contains("\"salt\"", stored, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Convert.ToBase64String(secret), stored, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexString(secret), stored, StringComparison.OrdinalIgnoreCase);

        await cluster.Silos.DeactivateAsync(cluster.Run("run"));
        // Who did not hear of the generation asks again, and is told the same.
        var gang = JsonNode.Parse(File.ReadAllText(files.Single(f => Path.GetFileName(f).StartsWith("training-gang-"))))!["state"]!;
        var member = gang["members"]![0]!;
        var meeting = await cluster.Run("run").AsReference<IGangOwner>().Meet(new GangArrival
        {
            WorkId = "run",
            Generation = (long)gang["placement"]!,
            Worker = (string)member["worker"]!,
            Incarnation = (string)member["incarnation"]!,
            Address = (string)member["address"]!,
            Step = -1,
        });
        Assert.Equal((GangOutcome.Formed, 1L), (meeting.Outcome, meeting.Gang!.Generation));
        Assert.Equal(secret, meeting.Gang.Secret);
    }

    [Fact]
    public async Task Secret_WhileOlderSilosAreAccepted_IsStoredForThem()
    {
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1", configure: options => options.AcceptOlderSilos = true);
        var secret = (await Meet(await Started(cluster, 2, 2, 2)))[0]!.Secret;
        var file = Assert.Single(Directory.GetFiles(Path.Combine(cluster.Root, "state"), "training-gang-*.json"));
        var gang = JsonNode.Parse(File.ReadAllText(file))!["state"]!;
        Assert.Equal($"{Convert.ToBase64String(secret)} ", $"{gang["secret"]} {gang["salt"]}");
    }

    [Fact]
    public async Task Meet_OneIsLost_TheOthersGoOnUnderTheNextGenerationFromTheHighestStep()
    {
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1,cpu:2");
        var members = await Started(cluster, 1, 3, 3);
        var first = await Meet(members);
        var lost = members[2].Context.Gang!.Worker;
        var second = await Task.WhenAll(Meet(members[0], 7, lost), Meet(members[1], 6, lost));
        Assert.All(second, s => Assert.Equal((2L, 2, 7L), (s!.Generation, s.Peers.Count, s.Peers[s.Source].Step)));
        Assert.NotEqual(first[0]!.Secret, second[0]!.Secret);
        Assert.Equal(JobPhase.Running, (await cluster.Run("run").GetStatus()).Phase);
    }

    [Fact]
    public async Task Publish_UnderAGenerationThatIsOver_IsRecordedAndTheMemberStays()
    {
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1");
        var members = await Started(cluster, 2, 2, 2);
        await Meet(members);
        Assert.True(await members[0].Publish(GrainCluster.Checkpoint(5, 1)));
        await Task.WhenAll(Meet(members[0], 7), Meet(members[1], 7));
        Assert.True(await members[0].Publish(GrainCluster.Checkpoint(6, 1)));
        Assert.Equal(6, (await cluster.Run("run").GetDetails()).DurableStep);
        Assert.False(members[0].Context.Stopped.IsCancellationRequested);
        Assert.True(await members[0].Publish(GrainCluster.Checkpoint(8, 2)));
        Assert.Equal(8, (await cluster.Run("run").GetDetails()).DurableStep);
        // One that took longer to write than the next does not take its place.
        Assert.True(await members[1].Publish(GrainCluster.Checkpoint(7, 1)));
        Assert.Equal(8, (await cluster.Run("run").GetDetails()).DurableStep);
    }

    [Fact]
    public async Task Attend_PauseIsNotWrittenYet_MembersGoOnUntilItIs()
    {
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1");
        var members = await Started(cluster, 2, 2, 2);
        await Meet(members);
        await GrainCluster.Until(cluster.Run("run"), e => e.Phase == JobPhase.Running, "running");
        var owner = cluster.Run("run").AsReference<IGangOwner>();
        Task<GangOrder> Attend() =>
            owner.Attend(
                new GangPresence
                {
                    WorkId = "run",
                    Generation = members[0].Generation,
                    Worker = members[0].Context.Gang!.Worker,
                    GangGeneration = 1
                });

        var write = cluster.Storage.HoldWritesOf("training-run");
        var pausing = cluster.Run("run").Pause();
        await write.Arrived;
        Assert.Equal(GangOrder.GoOn, await Attend());

        write.Release();
        await pausing;
        Assert.Equal(GangOrder.Stop, await Attend());
        await Task.WhenAll(members.Select(m => m.Interrupted)).InTime();
    }

    [Fact]
    public async Task Pause_MembersHearOfItFromTheRun_WhatTheySaveIsRecorded()
    {
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1");
        var members = await Started(cluster, 2, 2, 2);
        await Meet(members);
        await GrainCluster.Until(cluster.Run("run"), e => e.Phase == JobPhase.Running, "running");
        var refused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.Work.WhenInterrupted = item =>
        {
            refused.TrySetResult();
            item.Publish(GrainCluster.Checkpoint(31, 1)).Wait();
        };

        // The scheduler, which tells devices to stop, is slow: so it is the run that they hear it from.
        var withdrawal = cluster.Storage.HoldWritesOf(TestSchedulerStore.Name);
        var pausing = cluster.Run("run").Pause();
        await refused.Task.InTime();
        withdrawal.Release();
        await pausing;
        await Task.WhenAll(members.Select(m => m.Interrupted)).InTime();

        Assert.Equal(31, (await cluster.Run("run").GetDetails()).DurableStep);
    }

    [Fact]
    public async Task Meet_AfterACheckpoint_SeatsNameIt()
    {
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1");
        var members = await Started(cluster, 2, 2, 2);
        await Meet(members);
        await members[0].Publish(GrainCluster.Checkpoint(5, 1));
        var seats = await Task.WhenAll(Meet(members[0], -1), Meet(members[1], -1));
        Assert.All(seats, s => Assert.Equal([5L], WorkJson.Read<CheckpointRecord[]>(s!.Document!).Select(c => c.Step)));
    }

    [Fact]
    public async Task Complete_FirstHasTheResult_RunIsCompletedWhoeverEndsFirst()
    {
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1");
        var members = await Started(cluster, 2, 2, 2);
        var seats = await Meet(members);
        var first = members[seats[0]!.Rank == 0 ? 0 : 1];
        members.Single(m => m != first).CompleteRaw("");
        first.Complete(GrainCluster.TrainResult());
        await GrainCluster.ToRest(cluster.Run("run"), JobPhase.Completed);
        await Eventually(async () => (await cluster.Scheduler.GetQueue()).Count == 0, "the work to be out of the queue");
    }

    [Fact]
    public async Task Pause_MembersEndOneAfterTheOther_WhatTheLastSavedIsKeptAndResumed()
    {
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1");
        var members = await Started(cluster, 2, 2, 2);
        var seats = await Meet(members);
        var first = members[seats[0]!.Rank == 0 ? 0 : 1];
        var other = members.Single(m => m != first);
        bool? recorded = null;
        cluster.Work.WhenInterrupted = item =>
        {
            if (item != first) return;
            other.Interrupted.Wait();
            recorded = first.Publish(GrainCluster.Checkpoint(30, 1)).Result;
        };
        await cluster.Run("run").Pause();
        await first.Interrupted.InTime();
        Assert.True(recorded);

        await cluster.Run("run").Resume();
        var again = new[] { await cluster.Work.Next(), await cluster.Work.Next() };
        Assert.All(again, i => Assert.Equal([30L], i.Read<TrainWork>().Checkpoints.Select(c => c.Step)));
        Assert.All(await Meet(again), s => Assert.Equal(2, s!.Generation));
    }

    [Fact]
    public async Task Fail_OneMember_CostsThatMemberAndItsDeviceComesBack()
    {
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1");
        var members = await Started(cluster, 1, 2, 2);
        await Meet(members);
        members[1].Fail(new WorkFaultedException(7, new InvalidOperationException("CUDA error: out of memory")));
        var left = await Meet(members[0], 7, members[1].Context.Gang!.Worker);
        Assert.Equal((2L, 1, 7L), (left!.Generation, left.Peers.Count, left.Peers[0].Step));

        // Its device computes rightly, so it is given to the run again.
        var back = await cluster.Work.Next();
        Assert.Equal(members[1].Context.Device, back.Context.Device);
        Assert.Equal(JobPhase.Running, (await cluster.Run("run").GetStatus()).Phase);
        Assert.False(members[0].Interrupted.IsCompleted);
    }

    [Fact]
    public async Task Fail_TwoMembersAtTheSameStep_RunParksAndNamesThem()
    {
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1,cpu:2");
        var members = await Started(cluster, 3, 3, 3);
        await Meet(members);
        members[1].Fail(new WorkFaultedException(7, new InvalidOperationException("CUDA error: out of memory")));
        members[2].Fail(new WorkFaultedException(7, new InvalidOperationException("CUDA error: out of memory")));
        var end = await GrainCluster.ToRest(cluster.Run("run"), JobPhase.Parked);
        string[] workers = [.. members.Skip(1).Select(m => m.Context.Gang!.Worker).Order(StringComparer.Ordinal)];
        Assert.StartsWith($"CUDA error: out of memory. It failed at the same place on {workers[0]} and {workers[1]}.", end.Message);
        Assert.Contains("pgm runs resume run", end.Message);
        await members[0].Interrupted.InTime();
    }

    [Fact]
    public async Task Fail_InputIsWrong_FailsTheRunAndStopsTheOthers()
    {
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1");
        var members = await Started(cluster, 2, 2, 2);
        await Meet(members);
        members[1].Fail(new Data.BadInputException("Reading shoes: image 3 is damaged."));
        var end = await GrainCluster.ToRest(cluster.Run("run"), JobPhase.Failed);
        Assert.Equal("Reading shoes: image 3 is damaged.", end.Message);
        await members[0].Interrupted.InTime();
    }

    [Fact]
    public async Task Announce_MemberDiedAndItsDeviceIsBack_JoinsTheGangAtWork()
    {
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1");
        var members = await Started(cluster, 1, 2, 2);
        await Meet(members);
        var (lost, stays) = (members[1], members[0]);
        var device = (await cluster.Scheduler.GetDevices()).Single(d => d.Worker == lost.Context.Gang!.Worker);
        await cluster.Scheduler.Announce(device with { Incarnation = "another", Work = null });
        var alone = await Meet(stays, 4, device.Worker);
        Assert.Equal((2L, 1), (alone!.Generation, alone.Peers.Count));

        // The device's process lives in truth: it is told to stop, and given the work again.
        var back = await cluster.NextAfterLoss(lost);
        var joined = Meet(back, -1);
        await Eventually(() => Task.FromResult(stays.Context.Gang!.IsChangeWanted), "the member at work to hear of it");
        var seats = await Task.WhenAll(Meet(stays, 9), joined);
        Assert.All(seats, s => Assert.Equal((3L, 2, 9L), (s!.Generation, s.Peers.Count, s.Peers[s.Source].Step)));
    }

    [Fact]
    public async Task Start_MoreWorkersThanMicroBatches_IsRefused()
    {
        await using var cluster = await GrainCluster.Start();
        await cluster.Register();
        var e = await Assert.ThrowsAsync<InvalidRequestException>(
            () => cluster.Run("run").Start(GrainCluster.Request() with { MinWorkers = 1, MaxWorkers = 9 }));
        Assert.Equal(
            "Starting run 'run': it asks for up to 9 workers, and its batches are cut into 8 micro-batches. "
            + "Ask for at most 8, or set training.microBatches higher.", e.Message);
    }
}

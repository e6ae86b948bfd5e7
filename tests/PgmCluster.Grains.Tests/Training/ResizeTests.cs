using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Training;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Tests.Support;
using PgmCluster.Grains.Tests.Training.Gangs;

namespace PgmCluster.Grains.Tests.Training;

/// <summary>A run that is given another number of devices: those at work stop with a checkpoint, and it goes on with others.</summary>
public sealed class ResizeTests
{
    [Fact]
    public async Task Resize_OfOneThatRunsAlone_AGangGoesOnFromWhatItSaved_AndBackAgain()
    {
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1,cpu:2");
        cluster.Work.WhenInterrupted = item => item.Context.Publish(WorkJson.Write(GrainCluster.Checkpoint(33, item.Generation)));
        var (run, alone) = await cluster.StartRun();
        await GrainCluster.Until(run, e => e.Phase == JobPhase.Running, "running");

        var resized = await run.Resize(3, 3);

        Assert.Equal((JobPhase.Queued, 1), (resized.Phase, resized.Attempt));
        await alone.Interrupted.InTime();
        FakeItem[] members = [await cluster.Work.Next(), await cluster.Work.Next(), await cluster.Work.Next()];
        Assert.All(members, m => Assert.True(m.Generation > alone.Generation));
        Assert.All(members, m => Assert.Equal(33, m.Read<TrainWork>().Checkpoints.First().Step));
        Assert.Equal(3, (await GangMembers.Meet(members)).DistinctBy(s => s!.Rank).Count());
        var details = await run.GetDetails();
        Assert.Equal((3, 3, 3), (details.Request.MinWorkers, details.Request.MaxWorkers, details.Members.Count));

        await run.Resize(1, 1);

        foreach (var member in members) await member.Interrupted.InTime();
        var last = await cluster.Work.Next();
        Assert.True(last.Generation > members[0].Generation);
        Assert.Empty((await run.GetDetails()).Members);
        last.Complete(GrainCluster.TrainResult());
        await GrainCluster.ToRest(run, JobPhase.Completed);
        var e = await Assert.ThrowsAsync<InvalidRequestException>(() => run.Resize(2, 2));
        Assert.Equal("Resizing training job 'run': it is completed. There is nothing more to share.", e.Message);
        Assert.Equal(PgmErrorCode.Conflict, e.Code);
    }

    [Fact]
    public async Task Resize_ToWhatItIs_DisturbsNobody()
    {
        await using var cluster = await GrainCluster.Start();
        var (run, item) = await cluster.StartRun();
        await GrainCluster.Until(run, e => e.Phase == JobPhase.Running, "running");

        var same = await run.Resize(1, 1);

        Assert.Equal((JobPhase.Running, item.Generation), (same.Phase, same.Generation));
        item.Complete(GrainCluster.TrainResult());
        await GrainCluster.ToRest(run, JobPhase.Completed);
    }

    /// <summary>In the queue, paused, or after the silos were replaced: it begins with what was asked for last.</summary>
    [Fact]
    public async Task Resize_BeforeItHasADevice_IsWhatItBeginsWith_AlsoAfterAReplacement()
    {
        var directory = Directory.CreateTempSubdirectory("pgm-resize-").FullName;
        try
        {
            await using (var before = await GrainCluster.Start(directory: directory))
            {
                await before.Register();
                var run = before.Run("run");
                await run.Start(GrainCluster.Request() with { MinWorkers = 3, MaxWorkers = 3 });
                Assert.Equal(JobPhase.Queued, (await run.Resize(2, 4)).Phase);
                await run.Pause();
                Assert.Equal(JobPhase.Paused, (await run.Resize(1, 1)).Phase);
                Assert.Empty(await before.Scheduler.GetQueue());
            }
            await using var cluster = await GrainCluster.Start(directory: directory);
            var later = cluster.Run("run");
            // The command that began it means this run, and takes nothing back.
            Assert.Equal(
                JobPhase.Paused, (await later.Start(GrainCluster.Request() with { MinWorkers = 3, MaxWorkers = 3 })).Phase);
            await later.Resume();
            (await cluster.Work.Next()).Complete(GrainCluster.TrainResult());
            await GrainCluster.ToRest(later, JobPhase.Completed);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Theory]
    [InlineData(0, 1, "Resizing training job 'run': it asks for 0 to 1 workers. Ask for at least 1")]
    [InlineData(3, 2, "Resizing training job 'run': it asks for 3 to 2 workers. Ask for at least 1")]
    [InlineData(1, 9, "Resizing training job 'run': it asks for up to 9 workers, and its batches are cut into 8 micro-batches. Ask for at most 8")]
    public async Task Resize_ToWhatCannotBe_IsRefused_AndTheRunGoesOn(int min, int max, string refusal)
    {
        await using var cluster = await GrainCluster.Start();
        var (run, item) = await cluster.StartRun();

        var e = await Assert.ThrowsAsync<InvalidRequestException>(() => run.Resize(min, max));

        Assert.StartsWith(refusal, e.Message);
        item.Complete(GrainCluster.TrainResult());
        await GrainCluster.ToRest(run, JobPhase.Completed);
    }

    [Fact]
    public async Task Resize_OfNoRun_SaysSo()
    {
        await using var cluster = await GrainCluster.Start();

        await Assert.ThrowsAsync<NotFoundException>(() => cluster.Run("nobody").Resize(1, 2));
    }
}

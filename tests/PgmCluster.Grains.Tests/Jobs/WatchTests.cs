using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Grains.Tests.Support;

namespace PgmCluster.Grains.Tests.Jobs;

public class WatchTests : ClusterTest
{
    [Fact]
    public async Task Watch_JobAtRest_GivesThePresentStateAndEnds()
    {
        var (run, item) = await Cluster.StartRun();
        item.Complete(GrainCluster.TrainResult());
        await ToRest(run, JobPhase.Completed);
        var events = new List<JobEvent>();
        await foreach (var e in run.Watch(default)) events.Add(e);
        Assert.Equal(JobPhase.Completed, Assert.Single(events).Phase);
    }

    [Fact]
    public async Task Watch_TwoWatchers_BothSeeTheEndAndTheGrainAnswersMeanwhile()
    {
        var (run, item) = await Cluster.StartRun();
        async Task<List<JobEvent>> Collect()
        {
            var events = new List<JobEvent>();
            await foreach (var e in run.WatchToRest()) events.Add(e);
            return events;
        }
        var watchers = new[] { Collect(), Collect() };
        await GrainCluster.Until(run, e => e.Phase == JobPhase.Running, "running");
        for (var step = 1; step <= 3; step++)
        {
            item.Progress(step, 3);
            var expected = step;
            await GrainCluster.Until(run, e => e.Progress.Done == expected, $"step {step}");
            Assert.Equal(JobPhase.Running, (await run.GetStatus()).Phase);
        }
        item.Complete(GrainCluster.TrainResult());
        foreach (var events in await Task.WhenAll(watchers))
        {
            Assert.False(events[0].Phase.IsAtRest());
            Assert.Equal(JobPhase.Completed, events[^1].Phase);
            Assert.Equal(events.Select(e => e.Sequence).Order(), events.Select(e => e.Sequence));
        }
    }

    [Fact]
    public async Task Watch_DeviceIsLostAndAnotherTakesTheWork_SaysThatProgressIsOfANewGeneration()
    {
        var (run, first) = await Cluster.StartRun();
        first.Progress(70, 100);
        var before = await GrainCluster.Until(run, e => e.Progress.Done == 70, "step 70");
        await Cluster.LoseWorker();
        var second = await Cluster.NextAfterLoss(first);
        second.Progress(50, 100);

        var after = await GrainCluster.Until(run, e => e.Progress.Done == 50, "step 50");

        Assert.Equal((1, first.Generation), (before.Attempt, before.Generation));
        Assert.Equal((1, second.Generation), (after.Attempt, after.Generation));
        Assert.True(after.Generation > before.Generation);
    }

    [Fact]
    public async Task Watch_NothingChanges_RepeatsTheLastEventAsHeartbeat()
    {
        var (run, _) = await Cluster.StartRun();
        await GrainCluster.Until(run, e => e.Phase == JobPhase.Running, "running");
        var seen = new List<JobEvent>();
        await foreach (var e in run.Watch(default))
        {
            seen.Add(e);
            if (seen.Count == 3) break;
        }
        Assert.Equal(seen[1], seen[2]);
    }

    [Fact]
    public async Task Watch_UnknownJob_IsNotFound()
    {
        await Assert.ThrowsAsync<NotFoundException>(async () =>
        {
            await foreach (var _ in Cluster.Run("nobody").Watch(default)) { }
        });
    }
}

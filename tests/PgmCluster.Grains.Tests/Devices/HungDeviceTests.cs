using PgmCluster.Contracts.Jobs;
using PgmCluster.Execution.Wire.Judging;
using PgmCluster.Grains.Tests.Support;
using PgmCluster.TestSupport;

namespace PgmCluster.Grains.Tests.Devices;

public class HungDeviceTests
{
    private static readonly TimeSpan Floor = TimeSpan.FromMinutes(10), Day = TimeSpan.FromDays(1);

    /// <summary>Only by what a test has pass of it a device hangs.</summary>
    private readonly LeapingTime _time = new();

    [Fact]
    public async Task Run_DeviceDoesNothingForFarLongerThanEver_WorkGoesToAnotherOneAndItGetsNothingUntilItIsBack()
    {
        await using var cluster = await Start();
        var release = new TaskCompletionSource();
        cluster.Work.WhenInterrupted = _ => release.Task.Wait();
        var (run, hung) = await cluster.StartRun();
        Assert.True(await hung.Publish(GrainCluster.Checkpoint(6, hung.Generation)));
        for (var step = 1; step <= 6; step++) hung.Progress(step, 100);
        _time.Leap(Floor * 2);

        var second = await cluster.Work.Next();
        Assert.NotEqual(hung.Context.Device, second.Context.Device);
        Assert.True(second.Generation > hung.Generation);
        Assert.False(await hung.Publish(GrainCluster.Checkpoint(7, hung.Generation)));

        // The only other device is taken, and the one that hangs is not offered.
        await cluster.Run("next").Start(GrainCluster.Request());
        second.Complete(GrainCluster.TrainResult());
        await GrainCluster.ToRest(run, JobPhase.Completed);
        var third = await cluster.Work.Next();
        Assert.Equal(second.Context.Device, third.Context.Device);
        await cluster.Run("last").Start(GrainCluster.Request());
        release.SetResult();
        var fourth = await cluster.Work.Next();
        Assert.Equal(hung.Context.Device, fourth.Context.Device);
        third.Complete(GrainCluster.TrainResult("next"));
        fourth.Complete(GrainCluster.TrainResult("last"));
        await GrainCluster.ToRest(cluster.Run("last"), JobPhase.Completed);
    }

    [Fact]
    public async Task Run_LongPauseThatIsNoUnit_IsNotTakenForHanging()
    {
        await using var cluster = await Start();
        var (run, item) = await cluster.StartRun();
        for (var step = 1; step <= 6; step++) item.Progress(step, 100);
        item.Context.Judge(false);
        _time.Leap(Floor * 2);
        // The device is looked at each time before its owner is told: surely so between these two.
        foreach (var line in new[] { "A long pause.", "Still a long pause." })
        {
            item.Context.Waits(line);
            await GrainCluster.Until(run, e => e.Message == line, "what it waits for");
        }
        item.Context.Judge(true);
        Assert.False(cluster.Work.AnyWaiting);
        item.Progress(7, 100);
        item.Complete(GrainCluster.TrainResult());
        await GrainCluster.ToRest(run, JobPhase.Completed);
    }

    private Task<GrainCluster> Start() => GrainCluster.Start("cpu:0,cpu:1", time: _time, configure: o =>
    {
        o.Gangs = new GangOptions { HungFloor = Floor };
        (o.Timings.LeaseTimeout, o.Timings.LeaseBlind) = (Day, Day);
    });
}

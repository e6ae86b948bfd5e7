using PgmCluster.Contracts.Jobs;
using PgmCluster.Data;
using PgmCluster.Grains.Tests.Support;
using static PgmCluster.Grains.Tests.Support.Waits;

namespace PgmCluster.Grains.Tests.Devices;

public class UnsoundDeviceTests
{
    [Fact]
    public async Task Run_DeviceFailsTheCheckAfterAFailure_IsAnnouncedAndTheWorkGoesElsewhere()
    {
        string? broken = null;
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1", configure: o => o.CheckDevice = device =>
        {
            if (device.Name == broken)
                throw new BadInputException($"Checking {device.Name}: element (0, 0) of a product is 3 instead of 2.");
        });
        var (run, first) = await cluster.StartRun();
        broken = first.Context.Device.Name;
        first.Fail(new InvalidOperationException("CUDA error: uncorrectable ECC error encountered"));

        var second = await cluster.Work.Next();
        Assert.NotEqual(broken, second.Context.Device.Name);
        await Eventually(async () => (await cluster.Scheduler.GetDevices()).Any(d => d.Problem is not null), "the announcement");
        var device = Assert.Single(await cluster.Scheduler.GetDevices(), d => d.Problem is not null);
        Assert.Equal((broken, null), (device.Device, device.Work));
        Assert.Contains("3 instead of 2", device.Problem);

        // The only other device is taken, and this one is not offered.
        await cluster.Run("next").Start(GrainCluster.Request());
        await Eventually(
            async () => (await cluster.Scheduler.Find("next"))?.Reason?.Contains("1 not usable: Checking",
                StringComparison.Ordinal) == true, "the reason for waiting");
        second.Complete(GrainCluster.TrainResult());
        await GrainCluster.ToRest(run, JobPhase.Completed);
        var third = await cluster.Work.Next();
        Assert.Equal(second.Context.Device, third.Context.Device);
        third.Complete(GrainCluster.TrainResult("next"));
        await GrainCluster.ToRest(cluster.Run("next"), JobPhase.Completed);
    }
}

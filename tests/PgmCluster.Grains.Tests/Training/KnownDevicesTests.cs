using Microsoft.Extensions.Time.Testing;
using PgmCluster.Grains.Tests.Support;
using PgmCluster.Grains.Training;

namespace PgmCluster.Grains.Tests.Training;

public class KnownDevicesTests
{
    private const string Question = "IDeviceSchedulerGrain.GetDevices";

    [Fact]
    public async Task Ask_AgainWithinASecond_AsksTheSchedulerOnce()
    {
        await using var cluster = await GrainCluster.Start();
        await Waits.Eventually(async () => (await cluster.Scheduler.GetDevices()).Count == 1, "the device");
        var time = new FakeTimeProvider();
        var known = new KnownDevices(cluster.Grains, time);
        cluster.Calls.Clear();

        var first = await known.Ask();
        Assert.Equal("cpu:0", Assert.Single(first).Device);
        Assert.Same(first, await known.Ask());
        Assert.Equal(1, cluster.Calls.Of(Question));

        time.Advance(KnownDevices.GoodFor);
        Assert.Single(await known.Ask());
        Assert.Equal(2, cluster.Calls.Of(Question));
    }

    /// <summary>Who starts a cluster and submits at once must not wait a second for it to be known.</summary>
    [Fact]
    public async Task Ask_ThereWasNone_IsNotKept()
    {
        await using var cluster = await GrainCluster.Start("none");
        var known = new KnownDevices(cluster.Grains, new FakeTimeProvider());
        cluster.Calls.Clear();

        Assert.Empty(await known.Ask());
        Assert.Empty(await known.Ask());

        Assert.Equal(2, cluster.Calls.Of(Question));
    }
}

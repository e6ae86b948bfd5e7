using PgmCluster.Grains.Scheduling.Calls;
using PgmCluster.Grains.Scheduling.Rows;

namespace PgmCluster.Grains.Tests.Scheduling;

public class StopOrdersTests
{
    [Fact]
    public void Due_ToldToStop_NotAgainBeforeTheTimeIsOver()
    {
        var (stops, now) = (new StopOrders(TimeSpan.FromSeconds(10)), SimulatedCluster.Epoch);
        DeviceLease[] stopping = [new() { Worker = "a/cpu:0", Number = 1 }, new() { Worker = "b/cpu:0", Number = 2 }];
        Assert.Equal(["a/cpu:0", "b/cpu:0"], stops.Due(stopping, now).Select(l => l.Worker));
        for (var plan = 1; plan < 100; plan++) Assert.Empty(stops.Due(stopping, now.AddMilliseconds(plan * 100)));
        Assert.Equal([3L], stops.Due([.. stopping, new() { Worker = "a/cpu:1", Number = 3 }], now.AddSeconds(9.9)).Select(l => l.Number));
        Assert.Equal([1L, 2L], stops.Due(stopping, now.AddSeconds(10)).Select(l => l.Number));
        Assert.Equal([1L], stops.Due(stopping[..1], now.AddSeconds(20)).Select(l => l.Number));
        Assert.Equal([2L], stops.Due(stopping, now.AddSeconds(21)).Select(l => l.Number));
    }
}

using PgmCluster.Grains.Scheduling;
using PgmCluster.Grains.Scheduling.Calls;
using PgmCluster.Grains.Scheduling.Rows;

namespace PgmCluster.Grains.Tests.Scheduling;

public class ExplanationsTests
{
    private int _made;

    [Fact]
    public void Present_ManyWatchersBetweenTwoPlans_AreToldByOne()
    {
        var explanations = new Explanations(Make, () => false, TimeProvider.System);
        for (var watcher = 0; watcher < 1000; watcher++) _ = explanations.Present;
        Assert.Equal(1, _made);
        explanations.Outdate();
        for (var watcher = 0; watcher < 1000; watcher++) _ = explanations.Present;
        Assert.Equal(2, _made);
    }

    [Fact]
    public void Present_NobodyAsks_IsNotMade()
    {
        var explanations = new Explanations(Make, () => false, TimeProvider.System);
        for (var plan = 0; plan < 1000; plan++) explanations.Outdate();
        Assert.Equal(0, _made);
    }

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

    private PlacementPlan Make()
    {
        _made++;
        return new PlacementPlan { Placements = [], Preemptions = [], Reservations = [], Reasons = new Dictionary<string, string>() };
    }
}

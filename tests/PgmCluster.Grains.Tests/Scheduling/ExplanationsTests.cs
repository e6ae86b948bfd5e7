using PgmCluster.Grains.Scheduling;

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

    private PlacementPlan Make()
    {
        _made++;
        return new PlacementPlan { Placements = [], Preemptions = [], Reservations = [], Reasons = new Dictionary<string, string>() };
    }
}

using PgmCluster.Chaos.Runs;

namespace PgmCluster.Cluster.Tests.Gangs;

/// <summary>Whom faults hit.</summary>
public sealed class ChaosFaultsTests
{
    private static readonly string[] s_workers = ["worker0", "worker1", "worker2", "worker3"];

    [Theory]
    [InlineData(ChaosFaults.Slow, new[] { "worker1", "worker3" }, new[] { "worker1", "worker3" })]
    [InlineData(ChaosFaults.Slow, new[] { "worker1" }, new[] { "worker0", "worker1", "worker2", "worker3" })]
    [InlineData(ChaosFaults.Slow, new string[0], new[] { "worker0", "worker1", "worker2", "worker3" })]
    [InlineData(ChaosFaults.Slow, new[] { "gone", "worker1" }, new[] { "worker0", "worker1", "worker2", "worker3" })]
    [InlineData(ChaosFaults.Kill, new[] { "worker1", "worker3" }, new[] { "worker0", "worker1", "worker2", "worker3" })]
    public void DrawWorker_ByKindAndGang_IsAMemberWhereTheFaultIsOfTheExchange(string kind, string[] members, string[] expected)
    {
        var random = new Random(1);
        var drawn = Enumerable.Range(0, 200).Select(_ => ChaosFaults.DrawWorker(random, kind, s_workers, members.ToHashSet()));

        Assert.Equal(expected, drawn.Distinct().Order());
    }
}

using System.Text.Json;
using PgmCluster.Chaos.Clusters;
using PgmCluster.Chaos.Runs;
using PgmCluster.Cluster.Tests.Support;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Cluster.Tests.Gangs;

/// <summary><c>tests/chaos</c> in its shortest form, with the faults that no other test makes of a cluster that works.</summary>
[Collection(PostgresCollection.Name)]
public class ChaosTests
{
    [Theory]
    [InlineData(ChaosFaults.Partition)]
    [InlineData(ChaosFaults.Slow)]
    public async Task Chaos_FaultOfTheNetwork_NoStepIsLostAndEverythingIsEqual(string kind)
    {
        if ((NamespaceNetwork.Missing ?? PostgresServer.Missing) is { } missing) throw new SkippedException(missing);
        using var chaos = ChildProcess.Start(
            [Path.Combine(RepositoryRoot.Path, "tests", "chaos"), "--minutes", "0.1", "--kinds", kind, "--json"],
            new Dictionary<string, string?> { ["DLL"] = Path.Combine(AppContext.BaseDirectory, "PgmCluster.Chaos.dll") });

        var exitCode = await chaos.WaitForExitAsync(TimeSpan.FromMinutes(8));

        Assert.True(exitCode == 0, $"{chaos}");
        var report = JsonDocument.Parse(chaos.Out).RootElement;
        Assert.InRange(report.GetProperty("faultsByKind").GetProperty(kind).GetInt32(), 1, 100);
        Assert.True(report.GetProperty("equal").GetBoolean(), $"{chaos}");
        Assert.Equal(0, report.GetProperty("stepsLostBySurvivors").GetInt32());
        // Who is cut off between writing a shard and saying so writes what another writes again: the same bytes, so that nobody can tell.
        if (kind != ChaosFaults.Partition) Assert.Equal(0, report.GetProperty("shardsRewritten").GetInt32());
    }
}

using System.Text.Json;
using System.Text.RegularExpressions;
using PgmCluster.Cluster.Tests.Support;
using PgmCluster.TestSupport;

namespace PgmCluster.Cluster.Tests.Observability;

/// <summary>What a running cluster tells, and what Prometheus makes of it.</summary>
[Collection(PostgresCollection.Name)]
public sealed partial class MetricsTests(ObservedCluster cluster) : IClassFixture<ObservedCluster>
{
    /// <summary>The page's names and types are those that were seen with a value, and no other.</summary>
    [Fact]
    public void EveryMetric_IsOnThePage_AndWasSeenWithAValue()
    {
        cluster.Require();
        var page = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "deploy", "docs", "metrics.md"));

        var rows = Row().Matches(page).Select(m => $"{m.Groups[1].Value} {m.Groups[2].Value}");

        Assert.Equal(
            rows.Order(StringComparer.Ordinal),
            cluster.Seen.Where(s => s.Key.StartsWith("pgm_", StringComparison.Ordinal))
                .Select(s => $"{s.Key} {s.Value}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Prometheus_ScrapesEverySilo_AndItsAlertsFire()
    {
        cluster.Require();
        if (!cluster.HasPrometheus)
            throw new SkippedException("Prometheus is not installed, so no alert was seen to fire: apt-get install prometheus");

        Assert.Equal(3, cluster.Scraped);
        Assert.Equal(
            ["PgmDatabaseAway", "PgmLostSteps", "PgmNoFreeDevice", "PgmRunParked", "PgmStoreNearlyFull"],
            cluster.Fired.Order(StringComparer.Ordinal));
    }

    /// <summary>With Pgm:LogJson: so that one may ask for all lines of a run, whoever wrote them.</summary>
    [Fact]
    public void Logs_AreJson_AndNameRunAttemptFormationAndStep()
    {
        cluster.Require();

        var lines = cluster.LogLines.Select(line => JsonSerializer.Deserialize<JsonElement>(line)).ToList();
        var ofGang = lines.Where(l => l.TryGetProperty("run", out var run) && run.GetString() == "gang").ToList();

        Assert.Contains(ofGang, l => l.TryGetProperty("attempt", out var attempt) && attempt.GetInt32() == 1);
        // What a device says of a broken gang, and what the run's grain says of the next.
        Assert.Contains(ofGang, l => l.TryGetProperty("formation", out var f) && f.GetInt64() >= 1 && l.TryGetProperty("step", out _)
            && l.GetProperty("message").GetString()!.Contains("The gang forms again", StringComparison.Ordinal));
        Assert.Contains(ofGang, l => l.TryGetProperty("formation", out var f) && f.GetInt64() >= 2
            && l.GetProperty("message").GetString()!.Contains("goes on from step", StringComparison.Ordinal));
    }

    /// <summary>Every panel of the dashboard for Grafana has something to show; Grafana itself is not there.</summary>
    [Fact]
    public void Dashboard_EveryPanel_HasAnAnswer()
    {
        cluster.Require();
        if (!cluster.HasPrometheus)
            throw new SkippedException("Prometheus is not installed, so the dashboard's queries were not run: apt-get install prometheus");

        Assert.NotEmpty(Dashboard.Queries);
        Assert.Empty(cluster.EmptyPanels);
    }

    [GeneratedRegex(@"^\| `(pgm_\w+)` \| (\w+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}

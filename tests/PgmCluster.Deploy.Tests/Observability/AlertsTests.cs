using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;
using PgmCluster.TestSupport;

namespace PgmCluster.Deploy.Tests.Observability;

/// <summary>The alert rules, the page that says what to do, and the metrics that they are about.</summary>
public sealed partial class AlertsTests
{
    private static readonly string s_directory = Path.Combine(RepositoryRoot.Path, "deploy", "observability", "prometheus");
    private static readonly string s_rules = File.ReadAllText(Path.Combine(s_directory, "alerts.yml"));
    private static readonly string s_page = Page("alerts.md");
    private static readonly string s_metrics = Page("metrics.md");

    private static IReadOnlyList<string> Alerts => [.. Alert().Matches(s_rules).Select(m => m.Groups[1].Value)];

    [Fact]
    public void Rules_PassPromtool()
    {
        Assert.Contains($"{Alerts.Count} rules found", Promtool("check", "rules", "alerts.yml"));
        Assert.Contains("SUCCESS", Promtool("test", "rules", "alerts.test.yml"));
    }

    [Fact]
    public void EveryAlert_HasATest_ThatSeesItFire()
    {
        var tests = File.ReadAllText(Path.Combine(s_directory, "alerts.test.yml"));

        Assert.All(Alerts, alert => Assert.Matches($@"alertname: {alert}\n +exp_alerts:\n", tests));
    }

    [Fact]
    public void EveryAlert_HasARunbook_AndThePageNoOther()
    {
        var headings = Heading().Matches(s_page).Select(m => m.Groups[1].Value).ToList();

        Assert.Equal(Alerts.Order(StringComparer.Ordinal), headings.Order(StringComparer.Ordinal));
        foreach (var alert in Alerts) Assert.Contains($"runbook: deploy/docs/alerts.md#{alert.ToLowerInvariant()}", s_rules);
        Assert.All(headings, heading => Assert.Matches($@"## {heading}\n\n[^#]+\n1\. ", s_page));
    }

    [Fact]
    public void Expressions_AreOfMetricsThatThePageExplains()
    {
        foreach (Match name in Metric().Matches(s_rules))
            Assert.Contains($"| `{name.Value}` |", s_metrics);
        // Those of the page's questions as well: they may be of a histogram's parts.
        foreach (Match name in Metric().Matches(s_metrics))
            Assert.Contains($"| `{Part().Replace(name.Value, "")}` |", s_metrics);
    }

    [Fact]
    public void Dashboard_ShowsEveryMetric_AndNoOther()
    {
        var dashboard = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "deploy", "observability", "grafana", "pgm.json"));

        Assert.Equal(
            Row().Matches(s_metrics).Select(m => m.Groups[1].Value).Order(StringComparer.Ordinal),
            Metric().Matches(dashboard).Select(m => Part().Replace(m.Value, "")).Distinct().Order(StringComparer.Ordinal));
    }

    private static string Page(string name) => File.ReadAllText(Path.Combine(RepositoryRoot.Path, "deploy", "docs", name));

    private static string Promtool(params string[] arguments)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo("promtool", arguments)
                {
                    WorkingDirectory = s_directory,
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                })!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, $"promtool {string.Join(' ', arguments)}: {output}{error.Result}");
            return output;
        }
        catch (Win32Exception)
        {
            throw GoldenData.Skipped("promtool is not installed, so the rules were not run: apt-get install prometheus");
        }
    }

    [GeneratedRegex(@"- alert: (\w+)")]
    private static partial Regex Alert();

    [GeneratedRegex(@"^## (\w+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"\bpgm_[a-z_]+")]
    private static partial Regex Metric();

    [GeneratedRegex(@"^\| `(pgm_\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Part();
}

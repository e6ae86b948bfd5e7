using System.Text.RegularExpressions;
using k8s.Models;
using PgmCluster.TestSupport;

namespace PgmCluster.Deploy.Tests.Manifests;

/// <summary>The component that has KEDA count the workers, over each overlay.</summary>
public sealed class KedaComponentTests
{
    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Workers_AreCountedByKedaAlone(string overlay)
    {
        var rendered = Overlay.With(overlay, "metrics,keda");

        var scaled = Assert.Single(rendered.ScaledObjects);
        Assert.Equal("pgm-worker", $"{scaled["spec"]["scaleTargetRef"]["name"]}");
        var worker = Assert.Single(rendered.All<V1Deployment>(), d => d.Metadata.Name == "pgm-worker");
        Assert.Null(worker.Spec.Replicas);
        Assert.All(rendered.All<V1Deployment>().Where(d => d != worker), d => Assert.NotNull(d.Spec.Replicas));
    }

    /// <summary>What it asks for is there to be asked: the page of metrics is compared with a real cluster's.</summary>
    [Fact]
    public void Query_NamesMetricsThatThereAre()
    {
        var query = Regex.Match(
            File.ReadAllText(Path.Combine(RepositoryRoot.Path, "k8s", "components", "keda", "scaled-object.yaml")), "query: (.*)").Groups[1].Value;
        var page = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "deploy", "docs", "metrics.md"));

        var names = Regex.Matches(query, "pgm_[a-z_]+").Select(m => m.Value).ToList();

        Assert.Equal(["pgm_devices", "pgm_queue_work"], names);
        Assert.All(names, name => Assert.Contains($"| `{name}` | gauge |", page));
    }
}

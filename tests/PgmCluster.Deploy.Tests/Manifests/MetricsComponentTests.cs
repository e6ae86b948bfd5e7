using k8s.Models;

namespace PgmCluster.Deploy.Tests.Manifests;

/// <summary>The component that has Prometheus scrape the silos, over each overlay.</summary>
public sealed class MetricsComponentTests
{
    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Silos_AnswerOnThePortThatPrometheusIsTold(string overlay)
    {
        var rendered = Overlay.With(overlay, "metrics");

        Assert.NotEmpty(rendered.Silos);
        Assert.All(rendered.Silos, silo =>
        {
            var environment = rendered.Environment(silo);
            Assert.Equal(int.Parse(environment["PGM_METRICSPORT"]!), silo.Port("metrics"));
            Assert.Equal("0.0.0.0", environment["PGM_METRICSADDRESS"]);
            var annotations = silo.Template.Metadata.Annotations;
            Assert.Equal(("true", environment["PGM_METRICSPORT"], "/metrics"),
                (annotations["prometheus.io/scrape"], annotations["prometheus.io/port"], annotations["prometheus.io/path"]));
        });
        Assert.All(rendered.Workloads.Where(w => !w.IsSilo), w => Assert.DoesNotContain(w.Container.Ports ?? [], p => p.Name == "metrics"));
    }

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Prometheus_AloneReachesThem_FromAnyNamespace(string overlay)
    {
        var rendered = Overlay.With(overlay, "metrics");
        var policy = Assert.Single(rendered.All<V1NetworkPolicy>(), p => p.Metadata.Name == "pgm-metrics");

        Assert.All(rendered.Silos, silo => Assert.True(policy.Spec.PodSelector.Matches(silo.Labels)));
        var rule = Assert.Single(policy.Spec.Ingress);
        Assert.Equal("metrics", Assert.Single(rule.Ports).Port.Value);
        var peer = Assert.Single(rule.FromProperty);
        Assert.NotNull(peer.NamespaceSelector);
        Assert.Equal("prometheus", peer.PodSelector.MatchLabels["app.kubernetes.io/name"]);
        // No other policy opens the port.
        Assert.All(
            rendered.All<V1NetworkPolicy>().Where(p => p != policy),
            p => Assert.DoesNotContain(p.Spec.Ingress ?? [], r => r.Ports.Any(port => port.Port.Value == "metrics")));
    }
}

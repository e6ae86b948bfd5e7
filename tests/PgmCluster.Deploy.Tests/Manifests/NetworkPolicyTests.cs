using k8s.Models;

namespace PgmCluster.Deploy.Tests.Manifests;

public sealed class NetworkPolicyTests
{
    private static readonly Dictionary<string, string> s_stranger = new() { ["app"] = "something-else" };
    private static readonly Dictionary<string, string> s_client = new() { ["pgm.client"] = "true" };

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Policies_ApplyToPods_NamePortsOfThem_AndPeersThatExist(string overlay)
    {
        var rendered = Overlay.Of(overlay);

        foreach (var policy in rendered.All<V1NetworkPolicy>())
        {
            var targets = rendered.Workloads.Where(w => policy.Spec.PodSelector.Matches(w.Labels)).ToList();
            Assert.NotEmpty(targets);
            foreach (var rule in policy.Spec.Ingress)
            {
                Assert.All(targets, target => Assert.All(rule.Ports, port => target.Port(port.Port.Value)));
                Assert.All(rule.FromProperty ?? [], peer => Assert.Contains(rendered.Workloads, w => peer.PodSelector.Matches(w.Labels)));
            }
        }
    }

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Silos_ReachEachOther_OverSiloAndDataPort(string overlay)
    {
        var rendered = Overlay.Of(overlay);

        foreach (var from in rendered.Silos)
        {
            foreach (var to in rendered.Silos)
            {
                Assert.True(rendered.Allows(from.Labels, to, "silo"), $"{from} cannot reach {to}'s silo port.");
                Assert.True(rendered.Allows(from.Labels, to, "data"), $"{from} cannot reach {to}'s data port.");
            }
        }
    }

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Clients_ReachTheGateway_AndNothingElse(string overlay)
    {
        var rendered = Overlay.Of(overlay);

        foreach (var to in rendered.Silos)
        {
            var isControl = to.Labels["app.kubernetes.io/component"] == "control";
            Assert.Equal(isControl ? null : "false", rendered.Environment(to).GetValueOrDefault("PGM_OPENSGATEWAY"));
            if (isControl) Assert.True(rendered.Allows(s_client, to, "gateway"));
            else Assert.DoesNotContain(to.Container.Ports, p => p.Name == "gateway");
            Assert.False(rendered.Allows(s_client, to, "silo"));
            Assert.False(rendered.Allows(s_client, to, "data"));
        }
    }

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Strangers_ReachHealthOnly(string overlay)
    {
        var rendered = Overlay.Of(overlay);

        foreach (var to in rendered.Silos)
        {
            Assert.Equal(["health"], to.Container.Ports.Select(p => p.Name).Where(port => rendered.Allows(s_stranger, to, port)));
        }
    }

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Database_IsReachedBySilosOnly(string overlay)
    {
        var rendered = Overlay.Of(overlay);

        foreach (var database in rendered.Workloads.Where(w => w.Kind == "StatefulSet"))
        {
            Assert.All(rendered.Silos, silo => Assert.True(rendered.Allows(silo.Labels, database, "postgres")));
            Assert.False(rendered.Allows(s_client, database, "postgres"));
            Assert.False(rendered.Allows(s_stranger, database, "postgres"));
        }
    }
}

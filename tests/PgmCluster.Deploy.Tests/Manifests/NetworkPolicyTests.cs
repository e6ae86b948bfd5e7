using System.Net;
using k8s.Models;
using IPNetwork = System.Net.IPNetwork;

namespace PgmCluster.Deploy.Tests.Manifests;

public sealed class NetworkPolicyTests
{
    private const int Dns = 53, Https = 443, Postgres = 5432;

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
            // A range is of ports that the kernel picks, which no container names.
            foreach (var rule in policy.Spec.Ingress ?? [])
            {
                Assert.All(targets, target => Assert.All(rule.Ports.Where(p => p.EndPort is null), port => target.Port(port.Port.Value)));
                Assert.All(rule.FromProperty ?? [], peer => Assert.Contains(rendered.Workloads, w => peer.PodSelector.Matches(w.Labels)));
            }
            foreach (var rule in policy.Spec.Egress ?? [])
            {
                foreach (var peer in rule.To ?? [])
                {
                    var reached = rendered.Workloads.Where(w => peer.PodSelector.Matches(w.Labels)).ToList();
                    Assert.NotEmpty(reached);
                    Assert.All(reached, w => Assert.All(rule.Ports.Where(p => p.EndPort is null), port => w.Port(port.Port.Value)));
                }
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
                Assert.True(rendered.Allows(from, to, "silo"), $"{from} cannot reach {to}'s silo port.");
                Assert.True(rendered.Allows(from, to, "data"), $"{from} cannot reach {to}'s data port.");
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
            Assert.All(rendered.Silos, silo => Assert.True(rendered.Allows(silo, database, "postgres")));
            Assert.False(rendered.Allows(s_client, database, "postgres"));
            Assert.False(rendered.Allows(s_stranger, database, "postgres"));
        }
    }

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void EveryPod_IsLetOut_ToWhatItNeedsOnly(string overlay)
    {
        var rendered = Overlay.Of(overlay);

        foreach (var from in rendered.Workloads)
        {
            var isSilo = from.IsSilo;
            Assert.Equal(isSilo || from.Labels.ContainsKey("pgm.client"), rendered.LetsOut(from, null, Dns));
            Assert.Equal(isSilo, rendered.LetsOut(from, null, Postgres));
            foreach (var port in new[] { 22, 80, Https, 6443 }) Assert.False(rendered.LetsOut(from, null, port), $"{from} reaches port {port} anywhere.");
            Assert.False(rendered.LetsOut(from, s_stranger, 8080));
        }
    }

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Internet_IsReached_WhereTheComponentIsUsed_AndNoInnerNetwork(string overlay)
    {
        var rendered = Overlay.With(overlay, "internet");

        var policy = Assert.Single(rendered.All<V1NetworkPolicy>(), p => p.Metadata.Name == "pgm-internet");

        Assert.All(rendered.Workloads.Where(w => w.IsSilo || w.Labels.ContainsKey("pgm.client")), w => Assert.True(policy.Spec.PodSelector.Matches(w.Labels)));
        var rule = Assert.Single(policy.Spec.Egress);
        Assert.Equal(["443"], rule.Ports.Select(p => p.Port.Value));
        Assert.Equal(["0.0.0.0/0", "::/0"], rule.To.Select(t => t.IpBlock.Cidr));
        var closed = rule.To.SelectMany(t => t.IpBlock.Except).Select(IPNetwork.Parse).ToList();
        foreach (var inner in new[] { "10.96.0.1", "172.20.1.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "127.0.0.1", "::1", "fd00::1", "fe80::1" })
            Assert.Contains(closed, network => network.Contains(IPAddress.Parse(inner)));
    }

    [Fact]
    public void Nccl_PortsThatTheKernelPicks_AreOpenBetweenWorkersAndNobodyElse()
    {
        var rendered = Overlay.Of("gpu-pool");
        var worker = Assert.Single(rendered.Silos, s => rendered.Environment(s)["PGM_DEVICES"] != "none");
        var control = Assert.Single(rendered.Silos, s => rendered.Environment(s)["PGM_DEVICES"] == "none");
        var range = worker.Pod.SecurityContext.Sysctls.Single(s => s.Name == "net.ipv4.ip_local_port_range").Value.Split(' ')
            .Select(int.Parse).ToArray();

        var policy = Assert.Single(rendered.All<V1NetworkPolicy>(), p => p.Metadata.Name == "pgm-nccl");
        foreach (var port in policy.Spec.Ingress.SelectMany(r => r.Ports).Concat(policy.Spec.Egress.SelectMany(r => r.Ports)))
            Assert.Equal((range[0], range[1]), (int.Parse(port.Port.Value), port.EndPort));
        foreach (var port in range)
        {
            Assert.True(rendered.LetsOut(worker, worker.Labels, port));
            Assert.False(rendered.LetsOut(worker, control.Labels, port));
            Assert.False(rendered.LetsOut(control, worker.Labels, port));
        }
        Assert.All(policy.Spec.Ingress.SelectMany(r => r.FromProperty), peer =>
        {
            Assert.True(peer.PodSelector.Matches(worker.Labels));
            Assert.False(peer.PodSelector.Matches(control.Labels) || peer.PodSelector.Matches(s_client) || peer.PodSelector.Matches(s_stranger));
        });
        // What silos listen on lies elsewhere, or others would reach it by this.
        Assert.All(rendered.Silos.SelectMany(s => s.Container.Ports), p => Assert.False(p.ContainerPort >= range[0] && p.ContainerPort <= range[1]));
        // On the pod's own network, which is the one that the policy is about.
        Assert.Equal("eth0", rendered.Environment(worker)["NCCL_SOCKET_IFNAME"]);
    }
}

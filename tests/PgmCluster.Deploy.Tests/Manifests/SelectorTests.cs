using k8s.Models;

namespace PgmCluster.Deploy.Tests.Manifests;

public sealed class SelectorTests
{
    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Workloads_SelectTheirOwnPods_AndNoOthers(string overlay)
    {
        var workloads = Overlay.Of(overlay).Workloads;

        foreach (var workload in workloads)
        {
            Assert.Equal([workload.Name], workloads.Where(w => workload.Selector.Matches(w.Labels)).Select(w => w.Name));
            foreach (var spread in workload.Pod.TopologySpreadConstraints ?? [])
                Assert.True(spread.LabelSelector.Matches(workload.Labels), $"{workload} spreads other pods than its own.");
        }
    }

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Services_SelectPods_AndAgreeWithTheirPorts(string overlay)
    {
        var rendered = Overlay.Of(overlay);

        foreach (var service in rendered.All<V1Service>())
        {
            var selected = rendered.Workloads.Where(w => service.Spec.Selector.Matches(w.Labels)).ToList();
            Assert.NotEmpty(selected);
            foreach (var port in service.Spec.Ports)
            {
                Assert.All(selected, workload => Assert.Equal(port.Port, workload.Port(port.TargetPort.Value)));
            }
        }
    }

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void GatewayService_LeadsToControlSilosOnly(string overlay)
    {
        var rendered = Overlay.Of(overlay);
        var gateway = Assert.Single(rendered.All<V1Service>(), s => s.Metadata.Name == "pgm-gateway");

        var behind = Assert.Single(rendered.Workloads, w => gateway.Spec.Selector.Matches(w.Labels));

        Assert.Equal("none", rendered.Environment(behind)["PGM_DEVICES"]);
        Assert.True(behind.Replicas >= 2, "One gateway alone is away during every upgrade.");
    }
}

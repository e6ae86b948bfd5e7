using k8s.Models;

namespace PgmCluster.Deploy.Tests.Manifests;

public sealed class DeviceTests
{
    private const string Gpu = "nvidia.com/gpu";
    private const string GpuNode = "nvidia.com/gpu.present";

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Gpus_LimitTolerationNodeSelectorImageAndDevices_GoTogether(string overlay)
    {
        GpusGoTogether(Overlay.Of(overlay));
    }

    [Fact]
    public void GpuEach_HasOneGpuAWorker_AndAllElseAsWithWholeNodes()
    {
        var each = Overlay.With("gpu-pool", "gpu-each");

        GpusGoTogether(each);
        var worker = Assert.Single(each.Silos, s => s.Container.Resources.Limits.ContainsKey(Gpu));
        Assert.Equal("1", worker.Container.Resources.Limits[Gpu].ToString());
        var whole = Assert.Single(Overlay.Of("gpu-pool").Silos, s => s.Container.Resources.Limits.ContainsKey(Gpu));
        // Eight of them fit on a node where one silo with eight GPUs does.
        foreach (var resource in new[] { "cpu", "memory" })
        {
            Assert.Equal(
                whole.Container.Resources.Requests[resource].ToDecimal(), 8 * worker.Container.Resources.Requests[resource].ToDecimal());
        }
        Assert.Equal(whole.Container.VolumeMounts.Select(m => m.MountPath).Order(), worker.Container.VolumeMounts.Select(m => m.MountPath).Order());
    }

    private static void GpusGoTogether(Overlay rendered)
    {
        foreach (var workload in rendered.Workloads)
        {
            var gpus = workload.Container.Resources.Limits.TryGetValue(Gpu, out var limit) ? int.Parse(limit.ToString()) : 0;
            var cuda = (rendered.Environment(workload).GetValueOrDefault("PGM_DEVICES") ?? "").Split(',').Count(
                d => d.StartsWith("cuda:", StringComparison.Ordinal));
            Assert.Equal(gpus, cuda);
            Assert.Equal(gpus > 0, (workload.Pod.Tolerations ?? []).Any(t => t.Key == Gpu && t.Effect == "NoSchedule"));
            Assert.Equal(gpus > 0, workload.Pod.NodeSelector?.ContainsKey(GpuNode) ?? false);
            Assert.Equal(gpus > 0, workload.Container.Image.Contains("silo-cuda", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void GpuPool_HasAWholeNodesGpusAWorker_AndControlSilosElsewhere()
    {
        var rendered = Overlay.Of("gpu-pool");

        var worker = Assert.Single(rendered.Silos, s => s.Container.Resources.Limits.ContainsKey(Gpu));
        Assert.Equal("8", worker.Container.Resources.Limits[Gpu].ToString());
        Assert.Equal(string.Join(',', Enumerable.Range(0, 8).Select(i => $"cuda:{i}")), rendered.Environment(worker)["PGM_DEVICES"]);
        Assert.Contains(rendered.Silos, s => rendered.Environment(s)["PGM_DEVICES"] == "none");
    }

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Resources_AreRequested_AndMemoryIsLimited(string overlay)
    {
        Assert.All(Overlay.Of(overlay).Workloads, workload =>
        {
            var resources = workload.Container.Resources;
            Assert.True(
                resources.Requests.ContainsKey("cpu") && resources.Requests.ContainsKey("memory") && resources.Limits.ContainsKey("memory"),
                $"{workload}");
            foreach (var resource in new[] { "memory", "ephemeral-storage" })
                Assert.True(resources.Limits[resource].ToDecimal() >= resources.Requests[resource].ToDecimal(), $"{workload}: {resource}");
        });
    }

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void TemporaryVolumes_AreBounded_AndFitIntoWhatThePodMayUse(string overlay) =>
        Assert.All(Overlay.Of(overlay).Workloads, workload =>
        {
            var volumes = workload.Pod.Volumes.Where(v => v.EmptyDir is not null).Select(v => v.EmptyDir).ToList();
            Assert.All(volumes, v => Assert.True(v.SizeLimit is not null, $"{workload} has a volume without a limit."));
            var limits = workload.Container.Resources.Limits;
            Assert.True(
                limits["ephemeral-storage"].ToDecimal() > volumes.Where(v => v.Medium is not "Memory").Sum(v => v.SizeLimit.ToDecimal()),
                $"{workload} is evicted before its volumes are full.");
            Assert.True(limits["memory"].ToDecimal() > 2 * volumes.Where(v => v.Medium is "Memory").Sum(v => v.SizeLimit.ToDecimal()));
        });

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Priorities_ControlGoesFirst_AndWorkersPushNobodyOut(string overlay)
    {
        var rendered = Overlay.Of(overlay);
        var classes = rendered.All<V1PriorityClass>().ToDictionary(c => c.Metadata.Name);

        Assert.All(classes.Values, c => Assert.NotEqual(true, c.GlobalDefault));
        Assert.All(rendered.Workloads, workload => Assert.Contains(workload.Pod.PriorityClassName, classes.Keys));
        var silos = rendered.Silos.ToLookup(s => rendered.Environment(s)["PGM_DEVICES"] == "none", s => classes[s.Pod.PriorityClassName]);
        Assert.True(silos[true].Min(c => c.Value) > silos[false].Max(c => c.Value));
        Assert.All(silos[false], c => Assert.Equal("Never", c.PreemptionPolicy));
    }
}

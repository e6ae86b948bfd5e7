namespace PgmCluster.Deploy.Tests.Manifests;

public sealed class DeviceTests
{
    private const string Gpu = "nvidia.com/gpu";
    private const string GpuNode = "nvidia.com/gpu.present";

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Gpus_LimitTolerationNodeSelectorImageAndDevices_GoTogether(string overlay)
    {
        var rendered = Overlay.Of(overlay);

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
    public void GpuPool_HasOneGpuAWorker_AndControlSilosElsewhere()
    {
        var rendered = Overlay.Of("gpu-pool");

        var worker = Assert.Single(rendered.Silos, s => s.Container.Resources.Limits.ContainsKey(Gpu));
        Assert.Equal("1", worker.Container.Resources.Limits[Gpu].ToString());
        Assert.Contains(rendered.Silos, s => rendered.Environment(s)["PGM_DEVICES"] == "none");
    }

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Workers_AreReplacedOneAfterTheOther_WithoutASparePod(string overlay)
    {
        var rendered = Overlay.Of(overlay);

        foreach (var worker in rendered.Silos.Where(s => rendered.Environment(s)["PGM_DEVICES"] != "none"))
        {
            Assert.Equal("0", worker.Strategy!.RollingUpdate.MaxSurge.Value);
            Assert.Equal("1", worker.Strategy.RollingUpdate.MaxUnavailable.Value);
        }
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
            Assert.True(resources.Limits["memory"].ToDecimal() >= resources.Requests["memory"].ToDecimal(), $"{workload}");
        });
    }
}

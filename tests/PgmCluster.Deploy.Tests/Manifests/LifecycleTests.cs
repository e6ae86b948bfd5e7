using k8s.Models;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;

namespace PgmCluster.Deploy.Tests.Manifests;

public sealed class LifecycleTests
{
    private static readonly TimeSpan s_ordinaryStart = TimeSpan.FromSeconds(30);

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Stop_IsGivenLongerThanTheSiloTakes(string overlay)
    {
        var rendered = Overlay.Of(overlay);

        Assert.All(rendered.Silos, silo =>
        {
            var stop = PgmSiloHost.LongestStop(
                new SiloOptions { ShutdownTimeout = TimeSpan.Parse(rendered.Environment(silo)["PGM_SHUTDOWNTIMEOUT"]!) });
            Assert.True(
                silo.Pod.TerminationGracePeriodSeconds > stop.TotalSeconds,
                $"{silo} is killed after {silo.Pod.TerminationGracePeriodSeconds} s and may need {stop.TotalSeconds} s.");
        });
    }

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Start_IsGivenLongerThanTheDatabaseMayTake(string overlay)
    {
        var rendered = Overlay.Of(overlay);

        Assert.All(rendered.Silos, silo =>
        {
            var probe = silo.Container.StartupProbe;
            var patience = TimeSpan.FromSeconds(probe.PeriodSeconds!.Value * probe.FailureThreshold!.Value);
            Assert.True(
                patience >= TimeSpan.Parse(rendered.Environment(silo)["PGM_DATABASEWAIT"]!) + s_ordinaryStart,
                $"{silo} is restarted after {patience.TotalSeconds} s of starting.");
        });
    }

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Probes_AskTheHealthPort(string overlay)
    {
        var rendered = Overlay.Of(overlay);

        foreach (var silo in rendered.Silos)
        {
            var port = int.Parse(rendered.Environment(silo)["PGM_HEALTHPORT"]!);
            foreach (var (probe, path) in new (V1Probe, string)[]
            {
                (silo.Container.StartupProbe, "/healthz/startup"), (silo.Container.ReadinessProbe, "/healthz/ready"),
                (silo.Container.LivenessProbe, "/healthz/live"),
            })
            {
                Assert.Equal(path, probe.HttpGet.Path);
                Assert.Equal(port, silo.Port(probe.HttpGet.Port.Value));
            }
        }
    }

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Liveness_IsMorePatientThanReadiness(string overlay) => Assert.All(Overlay.Of(overlay).Silos, silo =>
    {
        var (live, ready) = (silo.Container.LivenessProbe, silo.Container.ReadinessProbe);
        Assert.True(live.PeriodSeconds * live.FailureThreshold >= 60, $"{silo}: a silo that is busy for a minute must not be restarted.");
        Assert.True(live.PeriodSeconds * live.FailureThreshold > ready.PeriodSeconds * ready.FailureThreshold);
    });

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void LostNode_PodsAreMadeAgainSoon(string overlay) => Assert.All(Overlay.Of(overlay).Silos, silo =>
    {
        // A StatefulSet would wait for a node that may never come back.
        Assert.Equal("Deployment", silo.Kind);
        foreach (var taint in new[] { "node.kubernetes.io/unreachable", "node.kubernetes.io/not-ready" })
        {
            var toleration = Assert.Single(silo.Pod.Tolerations, t => t.Key == taint && t.Effect == "NoExecute");
            Assert.InRange(toleration.TolerationSeconds!.Value, 10, 20);
        }
    });
}

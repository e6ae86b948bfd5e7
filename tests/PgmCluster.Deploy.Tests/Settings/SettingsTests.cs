using Microsoft.Extensions.Configuration;
using PgmCluster.Deploy.Tests.Manifests;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;

namespace PgmCluster.Deploy.Tests.Settings;

public sealed class SettingsTests
{
    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Variables_OfSilos_AreSettings(string overlay)
    {
        var rendered = Overlay.Of(overlay);

        Assert.All(
            rendered.Silos,
            silo => Assert.All(
                rendered.Environment(silo).Keys,
                name => Assert.True(
                    SiloSettings.IsVariable(name) || name == "NCCL_SOCKET_IFNAME", $"{silo}: no setting belongs to {name}.")));
    }

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Variables_OfSilos_AreUsable(string overlay)
    {
        var rendered = Overlay.Of(overlay);
        var database = Path.GetTempFileName();
        File.WriteAllText(database, "Host=pgm-postgres;Database=pgm;Username=pgm;Password=secret");

        Assert.All(rendered.Silos, silo =>
        {
            var values = rendered.Environment(silo).Where(pair => SiloSettings.IsVariable(pair.Key)).ToDictionary(pair => pair.Key[SiloSettings.Prefix.Length..], pair => pair.Value);
            // What the pod's downward API and its secret would say.
            values["SILONAME"] = "pgm-worker-7d4b9c6f5-x2k8q";
            values["ADVERTISEDADDRESS"] = "10.244.1.17";
            values["DATABASEFILE"] = database;
            var options = new ConfigurationBuilder().AddInMemoryCollection(values).Build().Get<SiloOptions>()!;
            options.Home = "/data";
            options.Validate();
        });
        File.Delete(database);
    }

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Ports_AreTheContainersPorts(string overlay)
    {
        var rendered = Overlay.Of(overlay);

        foreach (var silo in rendered.Silos)
        {
            var environment = rendered.Environment(silo);
            foreach (var (setting, name) in new[] { ("PGM_SILOPORT", "silo"), ("PGM_DATAPORT", "data"), ("PGM_GATEWAYPORT", "gateway"),
                ("PGM_HEALTHPORT", "health") })
            {
                if (name != "gateway" || environment.GetValueOrDefault("PGM_OPENSGATEWAY") != "false")
                    Assert.Equal(int.Parse(environment[setting]!), silo.Port(name));
                else
                    Assert.DoesNotContain(silo.Container.Ports, p => p.Name == name);
            }
        }
    }

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void NameAndAddress_ComeFromThePod(string overlay) => Assert.All(Overlay.Of(overlay).Silos, silo =>
    {
        Assert.Equal("metadata.name", silo.Container.Env.Single(e => e.Name == "PGM_SILONAME").ValueFrom.FieldRef.FieldPath);
        Assert.Equal("status.podIP", silo.Container.Env.Single(e => e.Name == "PGM_ADVERTISEDADDRESS").ValueFrom.FieldRef.FieldPath);
    });

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Files_AreWhereTheSettingsSay(string overlay)
    {
        var rendered = Overlay.Of(overlay);

        foreach (var silo in rendered.Silos)
        {
            var environment = rendered.Environment(silo);
            var secret = silo.Pod.Volumes.Single(v => v.Secret is not null);
            var mount = silo.Container.VolumeMounts.Single(m => m.Name == secret.Name);
            Assert.Equal(environment["PGM_DATABASEFILE"], $"{mount.MountPath}/{Assert.Single(secret.Secret.Items).Path}");

            var shared = silo.Pod.Volumes.Single(v => v.PersistentVolumeClaim is not null);
            Assert.StartsWith(silo.Container.VolumeMounts.Single(m => m.Name == shared.Name).MountPath + "/", environment["PGM_ARTIFACTS"]);
        }
    }

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Client_SeesTheSilosArtifacts_AndTheirGateway(string overlay)
    {
        var rendered = Overlay.Of(overlay);
        var client = Assert.Single(rendered.Workloads, w => w.Labels.ContainsKey("pgm.client"));
        var environment = rendered.Environment(client);

        Assert.All(environment.Keys, name => Assert.Contains(name, SiloSettings.OfClients));
        Assert.All(rendered.Silos, silo => Assert.Equal(rendered.Environment(silo)["PGM_ARTIFACTS"], environment["PGM_ARTIFACTS"]));
        var gateway = environment["PGM_GATEWAY"]!.Split(':');
        var service = Assert.Single(rendered.All<k8s.Models.V1Service>(), s => s.Metadata.Name == gateway[0]);
        Assert.Equal(gateway[1], $"{Assert.Single(service.Spec.Ports).Port}");
        var behind = Assert.Single(rendered.Workloads, w => service.Spec.Selector.Matches(w.Labels));
        Assert.True(rendered.Allows(client, behind, "gateway"));
    }

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void ServiceVariables_DoNotLookLikeSettings(string overlay) =>
        // A service named pgm-gateway would otherwise put PGM_GATEWAY_PORT and more into every pod.
        Assert.All(Overlay.Of(overlay).Workloads, workload => Assert.Equal(false, workload.Pod.EnableServiceLinks));
}

using k8s.Models;
using Microsoft.Extensions.Configuration;
using PgmCluster.Data.Tls;
using PgmCluster.Deploy.Tests.Settings;
using PgmCluster.Silo.Errors;
using PgmCluster.Silo.Options;
using PgmCluster.Tls;
using YamlDotNet.RepresentationModel;

namespace PgmCluster.Deploy.Tests.Manifests;

/// <summary>The component that lets cert-manager issue the certificates, over each overlay.</summary>
public sealed class TlsComponentTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pgm-tls-overlay-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Silos_HaveACertificateOfTheRoleSilo_AndNeedNoUnprotectedNetwork(string overlay)
    {
        var rendered = Rendered(overlay);
        var authority = TlsAuthority.Create(Path.Combine(_directory, "authority"), TimeProvider.System);

        Assert.NotEmpty(rendered.Silos);
        Assert.All(rendered.Silos, silo =>
        {
            var values = rendered.Environment(silo).Where(pair => SiloSettings.IsVariable(pair.Key)).ToDictionary(pair => pair.Key[SiloSettings.Prefix.Length..], pair => pair.Value);
            Assert.Equal(values["TLS"], Mount(silo, "pgm-silo-tls").MountPath);
            // What the pod's downward API and its secrets would say.
            (values["SILONAME"], values["ADVERTISEDADDRESS"], values["DATABASEFILE"]) = ("pgm-worker-x", "10.244.1.17", "");
            values["TLS"] = Path.Combine(authority.Directory, "silo");
            var options = new ConfigurationBuilder().AddInMemoryCollection(values).Build().Get<SiloOptions>()!;
            options.Home = "/data";
            options.Validate();
            options.Tls = "";
            Assert.Throws<SiloOptionsException>(options.Validate);
        });
        var certificate = rendered.Certificates["pgm-silo-tls"];
        Assert.Equal([TlsRoles.UriOf(TlsRole.Silo)], Texts(certificate, "uris"));
        Assert.Equal(["client auth", "digital signature", "server auth"], Texts(certificate, "usages").Order());
    }

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Client_HasACertificateOfTheRoleService(string overlay)
    {
        var rendered = Rendered(overlay);
        var client = Assert.Single(rendered.Workloads, w => w.Labels.ContainsKey("pgm.client"));

        Assert.Equal(rendered.Environment(client)["PGM_TLS"], Mount(client, "pgm-service-tls").MountPath);
        var certificate = rendered.Certificates["pgm-service-tls"];
        Assert.Equal([TlsRoles.UriOf(TlsRole.Service)], Texts(certificate, "uris"));
        Assert.Equal(["client auth", "digital signature"], Texts(certificate, "usages").Order());
    }

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Issuers_AreThere_AndTheAuthorityIsOne(string overlay)
    {
        var rendered = Rendered(overlay);

        Assert.Equal(["pgm-authority", "pgm-service-tls", "pgm-silo-tls"], rendered.Certificates.Keys.Order());
        Assert.All(rendered.Certificates.Values, c => Assert.Contains(Text(c, "issuerRef", "name"), rendered.Issuers.Keys));
        Assert.Equal("pgm-authority", Text(rendered.Issuers["pgm-authority"], "ca", "secretName"));
        Assert.Equal("true", Text(rendered.Certificates["pgm-authority"], "isCA"));
        foreach (var name in new[] { "pgm-silo-tls", "pgm-service-tls" })
            Assert.Equal("pgm-authority", Text(rendered.Certificates[name], "issuerRef", "name"));
        // All in the overlay's namespace: an issuer serves its own only.
        Assert.All(rendered.ForeignNamespaces, n => Assert.Equal(rendered.All<V1Namespace>().Single().Metadata.Name, n));
    }

    private static Overlay Rendered(string overlay) => Overlay.With(overlay, "tls");

    private static V1VolumeMount Mount(Workload workload, string secret)
    {
        var volume = Assert.Single(workload.Pod.Volumes, v => v.Secret?.SecretName == secret);
        var mount = Assert.Single(workload.Container.VolumeMounts, m => m.Name == volume.Name);
        Assert.True(mount.ReadOnlyProperty);
        return mount;
    }

    private static IEnumerable<string> Texts(YamlNode spec, string name) => ((YamlSequenceNode)spec[name]).Select(n => n.ToString());

    private static string Text(YamlNode spec, params string[] path) => path.Aggregate(spec, (node, name) => node[name]).ToString();
}

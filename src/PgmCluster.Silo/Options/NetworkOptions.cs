using System.Net;
using PgmCluster.Silo.Errors;
using PgmCluster.Tls;

namespace PgmCluster.Silo.Options;

/// <summary>Where a silo listens, and whom it lets in.</summary>
public abstract class NetworkOptions : ProtectionOptions
{
    /// <summary>TCP port for other silos; 0 picks a free one. Default: 0.</summary>
    public int SiloPort { get; set; }

    /// <summary>TCP port for clients; 0 picks a free one. Default: 0.</summary>
    public int GatewayPort { get; set; }

    /// <summary>TCP port where devices that share a run exchange gradients; 0 picks a free one. Default: 0.</summary>
    public int DataPort { get; set; }

    /// <summary>The IP address that other silos and clients are told. Default: loopback.</summary>
    public string AdvertisedAddress { get; set; } = IPAddress.Loopback.ToString();

    /// <summary>
    /// TCP port of the health endpoints <c>/healthz/live</c>, <c>/healthz/startup</c> and <c>/healthz/ready</c> for an orchestrator's
    /// probes; 0 has none. Default: 0.
    /// </summary>
    public int HealthPort { get; set; }

    /// <summary>
    /// The IP address on which the health endpoints listen. They tell nothing but the silo's status. Default: empty, which is
    /// <see cref="AdvertisedAddress"/>.
    /// </summary>
    public string HealthAddress { get; set; } = "";

    /// <summary>
    /// TCP port of <c>/metrics</c>, which Prometheus scrapes; 0 has none, and records nothing. Default: 0.
    /// </summary>
    public int MetricsPort { get; set; }

    /// <summary>
    /// The IP address on which metrics are answered, unencrypted: they name silos, runs and users. Default: 127.0.0.1.
    /// </summary>
    public string MetricsAddress { get; set; } = IPAddress.Loopback.ToString();

    /// <summary>
    /// Permits an address other than loopback although connections are not encrypted: whoever reaches the ports can then use
    /// the cluster. Default: false.
    /// </summary>
    public bool AllowUnprotectedNetwork { get; set; }

    /// <summary>
    /// Directory with <c>tls.crt</c>, <c>tls.key</c> and <c>ca.crt</c>, as <c>pgm tls init</c> makes it or a Kubernetes secret is mounted:
    /// all ports but the health port then speak TLS 1.3 with those only whose certificate the same authority has issued. Default: empty,
    /// which encrypts nothing.
    /// </summary>
    public string Tls { get; set; } = "";

    /// <summary>The certificate, with role silo, instead of <c>tls.crt</c> of <see cref="Tls"/>. Default: empty.</summary>
    public string TlsCertificate { get; set; } = "";

    /// <summary>Its private key, instead of <c>tls.key</c>. Default: empty.</summary>
    public string TlsKey { get; set; } = "";

    /// <summary>The certificates of trusted authorities, instead of <c>ca.crt</c>. Default: empty.</summary>
    public string TlsAuthority { get; set; } = "";

    /// <summary>The files of the certificate policy; null where connections are not encrypted.</summary>
    /// <exception cref="SiloOptionsException">Some are named and others not.</exception>
    public TlsFiles? ReadTls() => TlsSetting.Of(Tls, TlsCertificate, TlsKey, TlsAuthority);

    /// <summary>What is wrong with these, one sentence each.</summary>
    protected IEnumerable<string> NetworkProblems()
    {
        if (HealthAddress.Length > 0 && !IPAddress.TryParse(HealthAddress, out _))
            yield return $"Pgm:HealthAddress is '{HealthAddress}': give an IP address";
        if (!IPAddress.TryParse(MetricsAddress, out _)) yield return $"Pgm:MetricsAddress is '{MetricsAddress}': give an IP address";
        var (files, problem) = TlsOrProblem();
        if (problem is not null) yield return problem;
        if (!IPAddress.TryParse(AdvertisedAddress, out var address))
            yield return $"Pgm:AdvertisedAddress is '{AdvertisedAddress}': give an IP address";
        else if (!IPAddress.IsLoopback(address) && !AllowUnprotectedNetwork && files is null && problem is null)
        {
            yield return $"Pgm:AdvertisedAddress is {address}, which others can reach, and connections are not encrypted: "
                + "use 127.0.0.1, give silos certificates (Pgm:Tls, 'pgm tls init'), "
                + "or set Pgm:AllowUnprotectedNetwork in a network you trust";
        }
    }

    private (TlsFiles? Files, string? Problem) TlsOrProblem()
    {
        try
        {
            var files = ReadTls();
            return (files, TlsSetting.Problem(files));
        }
        catch (SiloOptionsException e)
        {
            return (null, e.Problems[0]);
        }
    }
}

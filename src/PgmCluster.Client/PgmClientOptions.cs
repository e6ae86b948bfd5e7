using PgmCluster.Tls;

namespace PgmCluster.Client;

/// <summary>Which cluster a client belongs to, and how it reaches it.</summary>
public sealed class PgmClientOptions
{
    /// <summary>
    /// Gateways of one or more of the cluster's silos, <c>HOST:PORT</c> each; one that answers is enough to begin with. A name may stand
    /// for many addresses, as a headless Kubernetes service does: it is looked up again every minute. No default.
    /// </summary>
    public IList<string> Gateways { get; set; } = [];

    /// <summary>The silos' <c>Pgm:ClusterId</c>. Default: "pgm".</summary>
    public string ClusterId { get; set; } = "pgm";

    /// <summary>The silos' <c>Pgm:ServiceId</c>. Default: "pgm".</summary>
    public string ServiceId { get; set; } = "pgm";

    /// <summary>
    /// Directory with <c>tls.crt</c>, <c>tls.key</c> and <c>ca.crt</c>, as <c>pgm tls issue NAME --role service</c> makes it or a
    /// Kubernetes secret is mounted. The files are read again when they change. Default: empty, which encrypts nothing.
    /// </summary>
    public string Tls { get; set; } = "";

    /// <summary>This client's certificate, of role service, instead of <c>tls.crt</c> of <see cref="Tls"/>. Default: empty.</summary>
    public string TlsCertificate { get; set; } = "";

    /// <summary>Its private key, instead of <c>tls.key</c>. Default: empty.</summary>
    public string TlsKey { get; set; } = "";

    /// <summary>The certificates of trusted authorities, instead of <c>ca.crt</c>. Default: empty.</summary>
    public string TlsAuthority { get; set; } = "";

    /// <summary>
    /// How long the start of the host may take to connect. What cannot get better by waiting (another cluster, a certificate that is not
    /// trusted) ends it before. Default: 30 s.
    /// </summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a call may take: control calls are short, and one that was with a silo when it died ends only by this. It is then repeated,
    /// once. Default: 10 s.
    /// </summary>
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Whether gateways that accept no connection are tried again until the timeout. A command of a user's is not to wait for them.
    /// </summary>
    internal bool WaitsForGateways { get; set; } = true;

    /// <summary>How the messages call what is set here.</summary>
    internal SettingNames Names { get; set; } = new("PgmClientOptions.ClusterId", "PgmClientOptions.Tls");

    /// <summary>The files of this client's certificate; null where connections are not encrypted.</summary>
    /// <exception cref="TlsFilesException">Some are named and others not.</exception>
    internal TlsFiles? ReadTls() => TlsFiles.Of(Tls, TlsCertificate, TlsKey, TlsAuthority);

    /// <summary>What is wrong with these, one sentence each.</summary>
    internal IEnumerable<string> Problems()
    {
        if (Gateways.Count == 0) yield return "Gateways is empty: name the gateway of a silo, such as 127.0.0.1:30000";
        foreach (var gateway in Gateways.Where(g => GatewayAddress.Parse(g) is null))
            yield return $"Gateways has '{gateway}': give HOST:PORT, such as 127.0.0.1:30000";
        if (string.IsNullOrWhiteSpace(ClusterId)) yield return "ClusterId is empty: give that of the silos, such as pgm";
        if (string.IsNullOrWhiteSpace(ServiceId)) yield return "ServiceId is empty: give that of the silos, such as pgm";
        if (ConnectTimeout <= TimeSpan.Zero) yield return $"ConnectTimeout is {ConnectTimeout}: give more than zero";
        if (ResponseTimeout <= TimeSpan.Zero) yield return $"ResponseTimeout is {ResponseTimeout}: give more than zero";
    }
}

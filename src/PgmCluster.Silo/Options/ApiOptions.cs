using System.Net;
using PgmCluster.Api.Keys;
using PgmCluster.Data;

namespace PgmCluster.Silo.Options;

/// <summary>Whether and how a silo serves the HTTP API.</summary>
public abstract class ApiOptions : NetworkOptions
{
    /// <summary>The port where somebody wants the HTTP API and does not say at which.</summary>
    public const int UsualApiPort = 8081;

    /// <summary>TCP port of the HTTP API; 0 has none. Default: 0; of <c>pgm up</c> the usual one on loopback, or a free one.</summary>
    public int ApiPort { get; set; }

    /// <summary>Whether pages are served beside the HTTP API. Default: true.</summary>
    public bool Dashboard { get; set; } = true;

    /// <summary>True where nobody has asked for this very port: where it is taken, another serves as well, or none.</summary>
    internal bool TakesAnyApiPort { get; private set; }

    /// <summary>Serves the HTTP API at the usual port; where that is taken, at a free one.</summary>
    public void UseAnyApiPort() => (ApiPort, TakesAnyApiPort) = (UsualApiPort, true);

    /// <summary>
    /// The IP address on which the HTTP API listens. Another than loopback needs <see cref="ApiCertificate"/> and keys. Default: loopback.
    /// </summary>
    public string ApiAddress { get; set; } = IPAddress.Loopback.ToString();

    /// <summary>
    /// File of the keys that the HTTP API accepts, as <c>pgm keys add</c> makes it; read again when it changes. While there is none, this
    /// machine's users need no key, on loopback only. Default: empty, which is <c>api-keys.json</c> in the home.
    /// </summary>
    public string ApiKeys { get; set; } = "";

    /// <summary>
    /// File with the certificate that the HTTP API shows, and those between it and its authority, PEM; read again when it changes. Default:
    /// empty, which encrypts nothing.
    /// </summary>
    public string ApiCertificate { get; set; } = "";

    /// <summary>File with its private key, PEM. Default: empty.</summary>
    public string ApiCertificateKey { get; set; } = "";

    /// <summary>What is wrong with these, one sentence each.</summary>
    /// <param name="keys">The file of keys.</param>
    protected IEnumerable<string> ApiProblems(string keys)
    {
        if (!IPAddress.TryParse(ApiAddress, out var address))
        {
            yield return $"Pgm:ApiAddress is '{ApiAddress}': give an IP address";
            yield break;
        }
        if (ApiCertificate.Length > 0 != ApiCertificateKey.Length > 0)
            yield return "Pgm:ApiCertificate and Pgm:ApiCertificateKey are not both set: set both or none";
        if (ApiPort == 0 || IPAddress.IsLoopback(address)) yield break;
        if (ApiCertificate.Length == 0 && !AllowUnprotectedNetwork)
            yield return $"Pgm:ApiAddress is {address}, which others can reach, and connections are not encrypted: use 127.0.0.1, name a "
                + "certificate (Pgm:ApiCertificate, Pgm:ApiCertificateKey), or set Pgm:AllowUnprotectedNetwork in a network you trust";
        if (KeysProblem(address, keys) is { } problem) yield return problem;
    }

    private static string? KeysProblem(IPAddress address, string keys)
    {
        try
        {
            return ApiKeyFile.Read(keys) is { Count: > 0 }
                ? null
                : $"Pgm:ApiAddress is {address}, which others can reach, and {keys} holds no keys: make one with "
                    + $"'pgm keys add NAME --role admin --file {keys}'";
        }
        catch (BadInputException e)
        {
            return $"Pgm:ApiKeys: {e.Message.TrimEnd('.')}";
        }
    }
}

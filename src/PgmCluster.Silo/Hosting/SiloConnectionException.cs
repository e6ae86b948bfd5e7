using PgmCluster.Data.Tls;

namespace PgmCluster.Silo.Hosting;

/// <summary>A running silo could not be reached. Trying again makes sense while it is starting.</summary>
public sealed class SiloConnectionException(string message, Exception innerException) : Exception(message, innerException)
{
    internal static SiloConnectionException Of(SiloEndpoint endpoint, Exception cause) => new(
        $"Trying to connect to silo '{endpoint.SiloName}' at {endpoint.Gateway} (process {endpoint.Pid}): {Found(cause)}. "
        + "If that process hangs, end it, then try again.", cause);

    internal static SiloConnectionException Of(IEnumerable<string> gateways, Exception cause) => new(
        $"Trying to connect to the cluster at {string.Join(", ", gateways)}: {Found(cause)}. "
        + "Check that a silo runs there, and that this is its gateway's port.", cause);

    internal static SiloConnectionException Untrusted(IEnumerable<string> gateways, TlsRefusedException cause) => new(
        $"Trying to connect to the cluster at {string.Join(", ", gateways)}: {Found(cause)}. "
        + "Check that this is a gateway's port, that silos there have certificates, and that they are of the authority of this client's "
        + "(--tls, PGM_TLS).", cause);

    internal static SiloConnectionException Refused(IEnumerable<string> gateways, string clusterId, bool hasTls, Exception cause) => new(
        $"Trying to connect to cluster '{clusterId}' at {string.Join(", ", gateways)}: "
        + "what listens there ends the connection at the greeting. "
        + $"Check that this is a gateway's port, and that '{clusterId}' is the id of its cluster (PGM_CLUSTERID); "
        + (hasTls
            ? "the silo's log says whether it refused this client's certificate."
            : "a silo that wants a certificate asks for --tls or PGM_TLS."),
        cause);

    private static string Found(Exception cause) =>
        cause is OperationCanceledException ? "no answer in time" : cause.Message.ReplaceLineEndings(" ").TrimEnd('.');
}

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

    internal static SiloConnectionException OtherCluster(IEnumerable<string> gateways, string found, string expected, Exception cause) => new(
        $"Trying to connect to cluster '{expected}' at {string.Join(", ", gateways)}: a gateway answered, and its cluster is '{found}'. "
        + $"Give the gateway of '{expected}', or set PGM_CLUSTERID={found}.", cause);

    private static string Found(Exception cause) =>
        cause is OperationCanceledException ? "no answer in time" : cause.Message.ReplaceLineEndings(" ").TrimEnd('.');
}

using PgmCluster.Client;

namespace PgmCluster.Silo.Hosting;

/// <summary>A running silo could not be reached. Trying again makes sense while it is starting.</summary>
public sealed class SiloConnectionException(string message, Exception innerException) : Exception(message, innerException)
{
    internal static SiloConnectionException Of(SiloEndpoint endpoint, Exception cause) => new(
        $"Trying to connect to silo '{endpoint.SiloName}' at {endpoint.Gateway} (process {endpoint.Pid}): "
        + $"{ConnectionFailure.Found(cause)}. If that process hangs, end it, then try again.", cause);
}

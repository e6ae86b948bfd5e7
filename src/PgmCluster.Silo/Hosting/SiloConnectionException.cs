namespace PgmCluster.Silo.Hosting;

/// <summary>A running silo could not be reached. Trying again makes sense while it is starting.</summary>
public sealed class SiloConnectionException(SiloEndpoint endpoint, Exception innerException)
    : Exception($"Trying to connect to silo '{endpoint.SiloName}' at {endpoint.Gateway} (process {endpoint.Pid}): {(innerException is OperationCanceledException ? "no answer in time" : innerException.Message.ReplaceLineEndings(" "))}. If that process hangs, end it, then try again.", innerException);

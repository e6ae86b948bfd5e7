using PgmCluster.Cli.Sessions;

namespace PgmCluster.Cli.Errors;

/// <summary>The cluster that the user named could not be reached.</summary>
internal sealed class NoGatewayException(GatewayAddress gateway, Exception innerException)
    : Exception($"Trying to connect to the gateway {gateway} of cluster '{gateway.ClusterId}': {Reason(innerException)}. Check the address, and that a silo is ready there.", innerException)
{
    private static string Reason(Exception e) => e is OperationCanceledException ? "no answer in time" : e.Message.ReplaceLineEndings(" ").TrimEnd('.');
}

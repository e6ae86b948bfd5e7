using System.Net.Sockets;
using PgmCluster.Data;
using PgmCluster.Silo.Errors;
using PgmCluster.Silo.Options;
using PgmCluster.Silo.Storage;
using PgmCluster.Tls;

namespace PgmCluster.Silo.Hosting;

/// <summary>Why a silo did not start, for whoever started it.</summary>
internal static class StartFailure
{
    /// <summary>The exception that says it in one line.</summary>
    public static Exception Describe(Exception e, SiloOptions options, IStateDatabase database, (int Silo, int Gateway) ports)
    {
        if (database.Describe("start a silo on", e) is { } described) return described;
        for (var inner = e; inner is not null; inner = inner.InnerException)
        {
            if (inner is BadInputException or TlsFilesException) return inner;
        }
        var attempt = $"Trying to start silo '{options.SiloName}' on {options.Home}";
        if (IsPortTaken(e))
        {
            return new SiloStartException(
                $"{attempt}: port {ports.Silo} or {ports.Gateway} of {options.AdvertisedAddress} is in use or not of this machine. "
                + "Choose other ports, or 0 for automatic ones.", e);
        }
        return new SiloStartException(
            $"{attempt}: {e.GetBaseException().Message.ReplaceLineEndings(" ")}. See the log in {Path.Combine(options.Home, "logs")}.", e);
    }

    /// <summary>Whether a port is another program's, or its address another machine's.</summary>
    public static bool IsPortTaken(Exception e)
    {
        for (var inner = e; inner is not null; inner = inner.InnerException)
        {
            if (inner is SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse or SocketError.AddressNotAvailable })
                return true;
            if (inner is AggregateException aggregate) return aggregate.InnerExceptions.Any(IsPortTaken);
        }
        return false;
    }
}

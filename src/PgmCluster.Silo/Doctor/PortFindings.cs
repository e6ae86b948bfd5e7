using System.Globalization;
using System.Net;
using System.Net.Sockets;
using PgmCluster.Execution.Doctor;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;

namespace PgmCluster.Silo.Doctor;

/// <summary>The ports that a silo would listen on: free, taken by the silo that runs on this home, or by whom.</summary>
internal static class PortFindings
{
    /// <param name="options">With ports and addresses.</param>
    /// <param name="running">The silos that run on the home.</param>
    public static IEnumerable<Finding> Look(SiloOptions options, IReadOnlyList<SiloEndpoint> running)
    {
        var address = IPAddress.Parse(options.AdvertisedAddress);
        var ports = new[]
        {
            new Port("SiloPort", options.SiloPort, address),
            new Port("GatewayPort", options.OpensGateway ? options.GatewayPort : 0, address),
            new Port("DataPort", options.DataPort, address),
            new Port("MetricsPort", options.MetricsPort, IPAddress.Parse(options.MetricsAddress)),
            new Port("HealthPort", options.HealthPort, options.HealthAddress.Length > 0 ? IPAddress.Parse(options.HealthAddress) : address),
            new Port("ApiPort", options.ApiPort, IPAddress.Parse(options.ApiAddress)),
        }.Where(p => p.Number != 0).ToArray();
        if (ports.Length == 0) yield return Automatic(address);
        foreach (var port in ports) yield return Look(port, running);
    }

    private static Finding Automatic(IPAddress address) => Bind(new Port("AdvertisedAddress", 0, address)) is { } error
        ? Finding.Failed("ports", $"no silo can listen on {address} ({error})",
            "Set Pgm:AdvertisedAddress (PGM_ADVERTISEDADDRESS) to an address of this machine.")
        : Finding.Ok("ports", $"none is fixed: a silo picks free ones of {address} when it starts");

    private static Finding Look(Port port, IReadOnlyList<SiloEndpoint> running)
    {
        var subject = string.Create(CultureInfo.InvariantCulture, $"port {port.Number}");
        var setting = $"Pgm:{port.Setting} (PGM_{port.Setting.ToUpperInvariant()})";
        switch (Bind(port))
        {
            case null:
                return Finding.Ok(subject, $"{setting} is free on {port.Address}");
            case SocketError.AddressAlreadyInUse:
                var holders = PortHolders.Of(port.Number);
                if (holders.Select(h => running.FirstOrDefault(s => s.Pid == h.ProcessId)).FirstOrDefault(s => s is not null) is { } silo)
                    return Finding.Ok(subject,
                        $"{setting} is taken by silo '{silo.SiloName}' of this home (process {silo.Pid}), as it should be");
                var who = holders.Count == 0
                    ? "a process that this user may not see"
                    : string.Join(", ", holders.Select(h => $"process {h.ProcessId} ({h.Program})"));
                return Finding.Failed(
                    subject, $"{setting} is taken on {port.Address} by {who}",
                    $"Stop that process, or set {setting} to another "
                    + $"port{(port.Setting is "HealthPort" or "MetricsPort" or "ApiPort" ? "" : ", or to 0 for an automatic one")}.");
            case SocketError.AddressNotAvailable:
                return Finding.Failed(
                    subject, $"{port.Address}, where {setting} would be, is no address of this machine",
                    "Set Pgm:AdvertisedAddress (PGM_ADVERTISEDADDRESS) or the port's own address to one.");
            case SocketError.AccessDenied:
                return Finding.Failed(subject, $"{setting}: this user may not listen on it", "Choose a port above 1023.");
            case var error:
                return Finding.Failed(
                    subject, $"{setting} cannot be listened on at {port.Address} ({error})",
                    "Set it to another port, or another address of this machine.");
        }
    }

    /// <summary>Listens for a moment.</summary>
    /// <returns>Why that is not possible; null where it is.</returns>
    private static SocketError? Bind(Port port)
    {
        using var listener = new TcpListener(port.Address, port.Number);
        try
        {
            listener.Start();
            return null;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
    }

    private sealed record Port(string Setting, int Number, IPAddress Address);
}

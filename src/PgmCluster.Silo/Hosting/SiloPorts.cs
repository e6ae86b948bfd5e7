using System.Net;
using System.Net.Sockets;
using PgmCluster.Silo.Options;

namespace PgmCluster.Silo.Hosting;

/// <summary>The ports of a silo's Orleans connections.</summary>
internal static class SiloPorts
{
    /// <summary>Those that are configured, and free ones where none are.</summary>
    public static (int Silo, int Gateway) Pick(SiloOptions options)
    {
        var address = IPAddress.Parse(options.AdvertisedAddress);
        // Both are held until both are known, so that they differ.
        using var silo = new TcpListener(address, options.SiloPort);
        using var gateway = new TcpListener(address, options.GatewayPort);
        return (Pick(silo, options.SiloPort), Pick(gateway, options.GatewayPort));

        static int Pick(TcpListener listener, int configured)
        {
            if (configured != 0) return configured;
            listener.Start();
            return ((IPEndPoint)listener.LocalEndpoint).Port;
        }
    }
}

using System.Net;
using System.Net.Sockets;

namespace PgmCluster.TestSupport.Processes;

/// <summary>Ports for servers that are stopped and started again.</summary>
public static class FreePort
{
    /// <summary>
    /// One of 127.0.0.1 that is free now, below the range from which the kernel takes ports for connections: while its server is stopped,
    /// nobody else may get it.
    /// </summary>
    public static int Take()
    {
        while (true)
        {
            var port = Random.Shared.Next(20000, 32000);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken; the next one.
            }
        }
    }
}

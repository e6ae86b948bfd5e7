using System.Net;
using System.Net.Sockets;

namespace PgmCluster.TestSupport;

/// <summary>
/// A port of 127.0.0.1 at which nobody listens, kept from all who take any free one. Whoever names it can listen there, as its socket does
/// not: on Unix .NET's sockets allow that among each other.
/// </summary>
public sealed class ReservedPort : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public ReservedPort() => _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    public int Number => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    public void Dispose() => _socket.Dispose();
}

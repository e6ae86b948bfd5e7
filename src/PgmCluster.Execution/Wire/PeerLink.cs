using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using PgmCluster.Tls;

namespace PgmCluster.Execution.Wire;

/// <summary>
/// The bytes to and from another process: a socket, or TLS over it where the cluster has a policy. One thread may send while another
/// receives.
/// </summary>
internal sealed class PeerLink : IDisposable
{
    private const byte TlsGreeting = 0x16;

    private readonly Socket _socket;
    private readonly SslStream? _tls;

    private PeerLink(Socket socket, SslStream? tls) => (_socket, _tls) = (socket, tls);

    /// <summary>How long one send or receive may take; zero is without end.</summary>
    public TimeSpan Timeout
    {
        set => _socket.ReceiveTimeout = _socket.SendTimeout = (int)value.TotalMilliseconds;
    }

    /// <summary>Takes a connection that came in; the socket's timeouts are set.</summary>
    /// <exception cref="InvalidDataException">The policy refuses the peer, which was said.</exception>
    /// <exception cref="EndOfStreamException">It went without a word.</exception>
    public static PeerLink Accept(Socket socket, TlsPolicy? policy)
    {
        if (policy is null) return new PeerLink(socket, null);
        var peer = socket.RemoteEndPoint;
        var greeting = new byte[1];
        if (socket.Receive(greeting, SocketFlags.Peek) == 0) throw new EndOfStreamException("The other side closed the connection.");
        if (greeting[0] != TlsGreeting) throw Refused(policy, peer, "it does not speak TLS");
        var handshake = policy.Accepting(TlsPort.Data);
        var tls = Stream(socket, handshake);
        try
        {
            var options = new SslServerAuthenticationOptions();
            handshake.Configure(options);
            tls.AuthenticateAsServer(options);
            return new PeerLink(socket, tls);
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            tls.Dispose();
            throw Refused(policy, peer, handshake.Refusal ?? TlsHandshake.Failed);
        }
    }

    /// <summary>Over a connection that was made to a member; the socket's timeouts are set.</summary>
    /// <exception cref="InvalidDataException">The policy refuses who answered, or that one refused this member.</exception>
    public static PeerLink Connect(Socket socket, TlsPolicy? policy)
    {
        if (policy is null) return new PeerLink(socket, null);
        var handshake = policy.Connecting();
        var tls = Stream(socket, handshake);
        try
        {
            var options = new SslClientAuthenticationOptions();
            handshake.Configure(options);
            tls.AuthenticateAsClient(options);
            return new PeerLink(socket, tls);
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            tls.Dispose();
            throw new InvalidDataException($"TLS: {handshake.Refusal ?? TlsHandshake.Failed}", e);
        }
    }

    /// <summary>Whether something has come that was not received yet.</summary>
    /// <exception cref="ObjectDisposedException">The connection has ended.</exception>
    public bool HasUnread => _socket.Available > 0;

    public void SendAll(ReadOnlySpan<byte> bytes)
    {
        if (_tls is not null)
        {
            if (bytes.Length > 0) _tls.Write(bytes);
            return;
        }
        while (bytes.Length > 0) bytes = bytes[_socket.Send(bytes)..];
    }

    public void ReceiveAll(Span<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var received = _tls?.Read(bytes) ?? _socket.Receive(bytes);
            if (received == 0) throw new EndOfStreamException("The other side closed the connection.");
            bytes = bytes[received..];
        }
    }

    /// <summary>Without waiting for more to be sent.</summary>
    public void SendAtOnce() => _socket.NoDelay = true;

    /// <summary>Tells the other side that nothing more will come.</summary>
    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Ends the connection, and with it what other threads are at. Once these have ended, <see cref="Dispose"/>.</summary>
    public void Abort() => _socket.Dispose();

    public void Dispose()
    {
        _socket.Dispose();
        _tls?.Dispose();
    }

    private static SslStream Stream(Socket socket, TlsHandshake handshake) => new(
        new NetworkStream(socket, ownsSocket: true), leaveInnerStreamOpen: false,
        (_, certificate, chain, errors) => handshake.Accepts(certificate as X509Certificate2, chain, errors));

    private static InvalidDataException Refused(TlsPolicy policy, EndPoint? peer, string reason)
    {
        policy.Refused(TlsPort.Data, peer, reason);
        return new InvalidDataException($"TLS: {reason}");
    }
}

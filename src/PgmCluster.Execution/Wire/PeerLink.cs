using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using PgmCluster.Tls;

namespace PgmCluster.Execution.Wire;

/// <summary>
/// The bytes to and from another process: a socket, or TLS over it where the cluster has a policy. One may send while another receives, and
/// neither holds a thread while it waits.
/// </summary>
internal sealed class PeerLink : IDisposable
{
    private const byte TlsGreeting = 0x16;

    private readonly Socket _socket;
    private readonly Stream _stream;

    private PeerLink(Socket socket, Stream stream) => (_socket, _stream) = (socket, stream);

    /// <summary>Takes a connection that came in; the socket is the caller's where this fails.</summary>
    /// <exception cref="InvalidDataException">The policy refuses the peer, which was said.</exception>
    /// <exception cref="EndOfStreamException">It went without a word.</exception>
    public static async Task<PeerLink> AcceptAsync(Socket socket, TlsPolicy? policy, CancellationToken cancellation = default)
    {
        if (policy is null) return new PeerLink(socket, new NetworkStream(socket));
        var peer = socket.RemoteEndPoint;
        var greeting = new byte[1];
        if (await socket.ReceiveAsync(greeting, SocketFlags.Peek, cancellation) == 0) throw Ended();
        if (greeting[0] != TlsGreeting) throw Refused(policy, peer, "it does not speak TLS");
        var handshake = policy.Accepting(TlsPort.Data);
        var options = new SslServerAuthenticationOptions();
        handshake.Configure(options);
        try
        {
            return await Encrypt(socket, handshake, tls => tls.AuthenticateAsServerAsync(options, cancellation));
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            throw Refused(policy, peer, handshake.Refusal ?? TlsHandshake.Failed);
        }
    }

    /// <summary>Over a connection that was made to a member; the socket is the caller's where this fails.</summary>
    /// <exception cref="InvalidDataException">The policy refuses who answered, or that one refused this member.</exception>
    public static async Task<PeerLink> ConnectAsync(Socket socket, TlsPolicy? policy, CancellationToken cancellation = default)
    {
        if (policy is null) return new PeerLink(socket, new NetworkStream(socket));
        var handshake = policy.Connecting();
        var options = new SslClientAuthenticationOptions();
        handshake.Configure(options);
        try
        {
            return await Encrypt(socket, handshake, tls => tls.AuthenticateAsClientAsync(options, cancellation));
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            throw new InvalidDataException($"TLS: {handshake.Refusal ?? TlsHandshake.Failed}", e);
        }
    }

    /// <summary>Whether something has come that was not received yet.</summary>
    /// <exception cref="ObjectDisposedException">The connection has ended.</exception>
    public bool HasUnread => _socket.Available > 0;

    /// <summary>Sends all of it, one call at a time; what the system has room for is its own before this first waits.</summary>
    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation = default) =>
        bytes.IsEmpty ? default : _stream.WriteAsync(bytes, cancellation);

    /// <summary>Receives what has come, and at least one byte.</summary>
    /// <returns>Bytes.</returns>
    /// <exception cref="EndOfStreamException">Nothing more comes.</exception>
    public async ValueTask<int> ReceiveAsync(Memory<byte> to, CancellationToken cancellation = default)
    {
        var received = await _stream.ReadAsync(to, cancellation);
        return received > 0 ? received : throw Ended();
    }

    /// <summary>Without waiting for more to be sent.</summary>
    public void SendAtOnce() => _socket.NoDelay = true;

    /// <summary>Tells the other side that nothing more will come.</summary>
    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Ends the connection, and with it what is being sent and received. Once that has ended, <see cref="Dispose"/>.</summary>
    public void Abort() => _socket.Dispose();

    public void Dispose()
    {
        _socket.Dispose();
        _stream.Dispose();
    }

    private static async Task<PeerLink> Encrypt(Socket socket, TlsHandshake handshake, Func<SslStream, Task> shake)
    {
        var tls = new SslStream(
            new NetworkStream(socket), leaveInnerStreamOpen: false,
            (_, certificate, chain, errors) => handshake.Accepts(certificate as X509Certificate2, chain, errors));
        try
        {
            await shake(tls);
            return new PeerLink(socket, tls);
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }

    private static EndOfStreamException Ended() => new("The other side closed the connection.");

    private static InvalidDataException Refused(TlsPolicy policy, EndPoint? peer, string reason)
    {
        policy.Refused(TlsPort.Data, peer, reason);
        return new InvalidDataException($"TLS: {reason}");
    }
}

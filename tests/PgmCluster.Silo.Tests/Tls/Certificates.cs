using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using PgmCluster.Data.Tls;
using PgmCluster.Tls;

namespace PgmCluster.Silo.Tests.Tls;

/// <summary>Two authorities in a home: the cluster's and another one.</summary>
internal sealed class Certificates
{
    private readonly string _root;

    public Certificates(string home)
    {
        _root = home;
        Authority = TlsAuthority.Create(Path.Combine(home, "own"), TimeProvider.System);
        TlsAuthority.Create(Path.Combine(home, "other"), TimeProvider.System);
    }

    public TlsAuthority Authority { get; }

    public string Silo => Path.Combine(_root, "own", "silo");

    public TlsFiles Service => TlsFiles.In(Path.Combine(_root, "own", "service"));

    public TlsFiles OfOther(string name) => TlsFiles.In(Path.Combine(_root, "other", name));

    /// <summary>The certificate that is shown to whoever connects to a port.</summary>
    public async Task<X509Certificate2> ShownAtAsync(IPEndPoint port)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(port);
        await using var stream = new SslStream(socket.GetStream(), false, (_, _, _, _) => true);
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "",
            ClientCertificates = [X509Certificate2.CreateFromPemFile(Service.Certificate, Service.Key)],
        });
        return new X509Certificate2(stream.RemoteCertificate!);
    }
}

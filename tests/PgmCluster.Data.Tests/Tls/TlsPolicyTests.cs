using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using PgmCluster.Data.Tls;
using PgmCluster.Tls;

namespace PgmCluster.Data.Tests.Tls;

public sealed class TlsPolicyTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly List<string> _notices = [];

    public TlsPolicyTests()
    {
        TlsAuthority.Create(_directory.File("a"), TimeProvider.System);
        TlsAuthority.Create(_directory.File("b"), TimeProvider.System);
    }

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(TlsPort.Silo, "a/silo", null)]
    [InlineData(TlsPort.Data, "a/silo", null)]
    [InlineData(TlsPort.Gateway, "a/silo", null)]
    [InlineData(TlsPort.Gateway, "a/service", null)]
    [InlineData(TlsPort.Silo, "a/service", "has the role service, and silo is needed here")]
    [InlineData(TlsPort.Data, "a/service", "has the role service, and silo is needed here")]
    [InlineData(TlsPort.Gateway, "b/service", "is of an authority that is not trusted here")]
    [InlineData(TlsPort.Silo, "b/silo", "is of an authority that is not trusted here")]
    public async Task Accepting_APeer_JudgesItsAuthorityAndRole(TlsPort port, string peer, string? refusal)
    {
        using var silo = Policy("a/silo");
        var handshake = silo.Accepting(port);

        // The peer trusts everybody, so that only the silo judges.
        await Meet(handshake, TlsIdentity.Read(TlsFiles.In(_directory.File(peer)), null));

        if (refusal is null) Assert.Null(handshake.Refusal);
        else Assert.Contains(refusal, handshake.Refusal);
        Assert.Equal(refusal is null, handshake.Peer is not null);
    }

    [Fact]
    public async Task Accepting_APeerWhoseCertificateHasEnded_SaysWhen()
    {
        var past = new OtherTime(-TlsAuthority.CertificateLife - TimeSpan.FromDays(1));
        TlsAuthority.Create(_directory.File("old"), past);
        TlsAuthority.Open(_directory.File("old"), TimeProvider.System).Issue("now", TlsRole.Silo);
        using var silo = Policy("old/now");
        var handshake = silo.Accepting(TlsPort.Silo);

        await Meet(handshake, TlsFiles.In(_directory.File("old/silo")));

        Assert.Contains("is not valid now", handshake.Refusal);
    }

    [Fact]
    public async Task Connecting_ToAService_ThatPlaysASilo_IsRefused()
    {
        using var silo = Policy("a/silo");
        using var client = Policy("a/service");
        var handshake = client.Connecting();

        await Meet(handshake, TlsIdentity.Read(TlsFiles.In(_directory.File("a/service")), null));
        Assert.NotNull(handshake.Refusal);

        var right = client.Connecting();
        await Meet(right, silo.Current);
        Assert.Equal("silo", right.Peer);
    }

    [Fact]
    public void Files_Renewed_ServeTheNextConnection_AndBadOnesLeaveTheFormerInUse()
    {
        using var silo = Policy("a/silo");
        var first = silo.Accepting(TlsPort.Silo).Certificate;
        TlsAuthority.Open(_directory.File("a"), TimeProvider.System).Renew("silo");

        var second = silo.Accepting(TlsPort.Silo).Certificate;
        Assert.NotEqual(first.Thumbprint, second.Thumbprint);

        File.WriteAllText(_directory.File("a/silo/tls.key"), "nothing");
        for (var i = 0; i < 5; i++) Assert.Equal(second.Thumbprint, silo.Accepting(TlsPort.Silo).Certificate.Thumbprint);
        Assert.Single(_notices, n => n.Contains("the new files cannot be used, the former stay in use"));
        Assert.All(_notices, n => Assert.DoesNotContain('\n', n));

        TlsAuthority.Open(_directory.File("a"), TimeProvider.System).Renew("silo");
        Assert.NotEqual(second.Thumbprint, silo.Accepting(TlsPort.Silo).Certificate.Thumbprint);
    }

    /// <summary>Kubernetes puts new files into a new directory and turns a link; the links to the files themselves stay.</summary>
    [Fact]
    public void Files_OfAMountedSecret_AreReadAgainWhenItsLinkIsTurned()
    {
        var mount = Directory.CreateDirectory(_directory.File("mount")).FullName;
        Directory.CreateSymbolicLink(Path.Combine(mount, "..data"), _directory.File("a/silo"));
        foreach (var name in new[] { "tls.crt", "tls.key", "ca.crt" })
            File.CreateSymbolicLink(Path.Combine(mount, name), Path.Combine("..data", name));
        using var silo = Policy("mount");
        var first = silo.Current.Certificate.Thumbprint;

        Directory.Delete(Path.Combine(mount, "..data"));
        Directory.CreateSymbolicLink(Path.Combine(mount, "..data"), _directory.File("b/silo"));

        Assert.NotEqual(first, silo.Accepting(TlsPort.Silo).Certificate.Thumbprint);
        Assert.Equal(
            TlsIdentity.Read(TlsFiles.In(_directory.File("b/silo")), null).Certificate.Thumbprint, silo.Current.Certificate.Thumbprint);
    }

    [Fact]
    public async Task Accepting_AStrangerWhoseNameIsMadeForTheLog_StaysOneLine()
    {
        using var key = System.Security.Cryptography.ECDsa.Create();
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName("x'\nall is well" + new string('y', 1000));
        using var stranger = new CertificateRequest(name.Build(), key, System.Security.Cryptography.HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var silo = Policy("a/silo");
        var handshake = silo.Accepting(TlsPort.Silo);

        await Meet(handshake, stranger);

        Assert.NotNull(handshake.Refusal);
        Assert.DoesNotContain('\n', handshake.Refusal);
        Assert.StartsWith("its certificate 'x??all is welly", handshake.Refusal);
        Assert.True(handshake.Refusal.Length < 200);
    }

    [Fact]
    public void Open_ACertificateThatEndsSoon_IsSaidOnce()
    {
        TlsAuthority.Create(_directory.File("late"), new OtherTime(TimeSpan.FromDays(10) - TlsAuthority.CertificateLife));
        using var silo = Policy("late/silo");

        for (var i = 0; i < 3; i++) silo.Accepting(TlsPort.Silo);

        Assert.Contains("Renew it by then", Assert.Single(_notices));
    }

    [Fact]
    public void Refused_TheSameAgain_IsSaidOnce()
    {
        using var silo = Policy("a/silo");

        for (var i = 0; i < 1000; i++) silo.Refused(TlsPort.Gateway, new IPEndPoint(IPAddress.Loopback, 1000 + i), "it does not speak TLS");
        silo.Refused(TlsPort.Data, new IPEndPoint(IPAddress.Loopback, 1), "it does not speak TLS");

        Assert.Equal(
            ["Refused a connection to the gateway port from 127.0.0.1:1000: it does not speak TLS.",
                "Refused a connection to the data port from 127.0.0.1:1: it does not speak TLS."], _notices);
    }

    private TlsPolicy Policy(string directory) => new(TlsFiles.In(_directory.File(directory)), null, _notices.Add);

    private static Task Meet(TlsHandshake handshake, TlsFiles files) =>
        Meet(handshake, X509Certificate2.CreateFromPemFile(files.Certificate, files.Key));

    private static Task Meet(TlsHandshake handshake, TlsIdentity identity) => Meet(handshake, identity.Certificate);

    /// <summary>A handshake with somebody who has that certificate and trusts everybody.</summary>
    private static async Task Meet(TlsHandshake handshake, X509Certificate2 certificate)
    {
        var isServer = handshake.IsAccepting;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var one = new TcpClient();
        await one.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        using var two = await listener.AcceptTcpClientAsync();
        await using var own = new SslStream(one.GetStream(), false, (_, c, chain, errors) => handshake.Accepts(
            c as X509Certificate2, chain, errors));
        await using var other = new SslStream(two.GetStream(), false, (_, _, _, _) => true);
        var server = new SslServerAuthenticationOptions { ServerCertificate = certificate, ClientCertificateRequired = true };
        var client = new SslClientAuthenticationOptions
        {
            TargetHost = "silo",
            ClientCertificates = [certificate],
        };
        if (isServer) handshake.Configure(server);
        else handshake.Configure(client);
        await Task.WhenAll(Quietly(own), Quietly(other));

        async Task Quietly(SslStream stream)
        {
            try
            {
                await (stream == own == isServer ? stream.AuthenticateAsServerAsync(server) : stream.AuthenticateAsClientAsync(client));
            }
            catch (Exception e) when (e is AuthenticationException or IOException)
            {
                // One of them refused; the other is told so.
            }
        }
    }
}

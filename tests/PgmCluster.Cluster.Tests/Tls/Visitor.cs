using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PgmCluster.TestSupport.Processes;
using PgmCluster.Tls;

namespace PgmCluster.Cluster.Tests.Tls;

/// <summary>Somebody who knocks at a port of a silo with a certificate of his own, and trusts whoever answers.</summary>
/// <param name="Name">What is wrong with him.</param>
/// <param name="Said">What the silo's log says of him.</param>
internal sealed record Visitor(string Name, string Said)
{
    private static readonly TimeSpan Limit = Until.Limit;

    public X509Certificate2? Certificate { get; init; }

    public SslProtocols Protocol { get; init; } = SslProtocols.Tls13;

    /// <summary>Sends what is no TLS at all.</summary>
    public bool IsPlain { get; init; }

    /// <summary>A certificate of an authority that has ended, though the authority has not.</summary>
    public static X509Certificate2 Ended(string authority)
    {
        using var issuer = X509Certificate2.CreateFromPemFile(Path.Combine(authority, "ca.crt"), Path.Combine(authority, "ca.key"));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=ended", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri(TlsRoles.UriOf(TlsRole.Silo)));
        request.CertificateExtensions.Add(names.Build());
        using var bare = request.Create(issuer, issuer.NotBefore, issuer.NotBefore.AddSeconds(1), [1, 2, 3, 4]);
        return bare.CopyWithPrivateKey(key);
    }

    public static X509Certificate2 Of(string directory) =>
        X509Certificate2.CreateFromPemFile(Path.Combine(directory, "tls.crt"), Path.Combine(directory, "tls.key"));

    /// <summary>Knocks, and waits until the silo has ended the connection.</summary>
    /// <returns>Bytes that the silo said over the connection, once it was made.</returns>
    /// <exception cref="OperationCanceledException">The silo did not end it.</exception>
    public async Task<int> KnockAsync(int port)
    {
        using var deadline = new CancellationTokenSource(Limit);
        using var socket = new TcpClient();
        await socket.ConnectAsync("127.0.0.1", port, deadline.Token);
        var buffer = new byte[1024];
        try
        {
            if (IsPlain)
            {
                await socket.GetStream().WriteAsync("GET / HTTP/1.0\r\n\r\n"u8.ToArray(), deadline.Token);
                return await socket.GetStream().ReadAsync(buffer, deadline.Token);
            }
            await using var tls = new SslStream(socket.GetStream(), false, (_, _, _, _) => true);
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "",
                    EnabledSslProtocols = Protocol,
                    ClientCertificates = Certificate is null ? null : [Certificate],
                    // Without it a certificate that the silo's authorities did not issue is not even shown.
                    LocalCertificateSelectionCallback = (_, _, _, _, _) => Certificate!,
                }, deadline.Token);
            return await tls.ReadAsync(buffer, deadline.Token);
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            return 0;
        }
    }

    /// <summary>The ports on which a process listens, as Linux tells (proc(5)).</summary>
    public static IReadOnlyList<int> PortsOf(int process)
    {
        var sockets = Directory.EnumerateFileSystemEntries($"/proc/{process}/fd").Select(d => new FileInfo(d).LinkTarget).ToHashSet();
        return [.. new[] { "tcp", "tcp6" }.SelectMany(name => File.ReadLines($"/proc/{process}/net/{name}"))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields.Length > 9 && fields[3] == "0A" && sockets.Contains($"socket:[{fields[9]}]"))
            .Select(fields => int.Parse(fields[1].Split(':')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture)).Order()];
    }
}

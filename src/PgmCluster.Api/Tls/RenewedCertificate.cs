using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using PgmCluster.Data;

namespace PgmCluster.Api.Tls;

/// <summary>
/// The certificate that the API shows, looked at again for new connections, at most every 10 seconds. Files that cannot be used leave the
/// former in use.
/// </summary>
internal sealed partial class RenewedCertificate
{
    private static readonly TimeSpan s_between = TimeSpan.FromSeconds(10);

    private readonly string _file, _key;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private SslStreamCertificateContext _present;
    private (DateTime, DateTime) _written;
    private long _lookedAt;

    /// <exception cref="BadInputException">It cannot be used.</exception>
    public RenewedCertificate(string file, string key, TimeProvider time, ILogger logger)
    {
        (_file, _key, _time, _logger) = (file, key, time, logger);
        (_written, _present, _lookedAt) = (Written(), Read(), time.GetTimestamp());
    }

    /// <summary>Connections speak TLS 1.2 or 1.3.</summary>
    public void Use(ListenOptions listen) => listen.UseHttps(new TlsHandshakeCallbackOptions
    {
        OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
        {
            ServerCertificateContext = Present(),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
        }),
    });

    private SslStreamCertificateContext Present()
    {
        lock (_lock)
        {
            if (_time.GetElapsedTime(_lookedAt) < s_between) return _present;
            _lookedAt = _time.GetTimestamp();
            var written = Written();
            if (written == _written) return _present;
            _written = written;
            try
            {
                _present = Read();
            }
            catch (BadInputException e)
            {
                LogUnusable(e.Message);
            }
            return _present;
        }
    }

    private (DateTime, DateTime) Written() => (File.GetLastWriteTimeUtc(_file), File.GetLastWriteTimeUtc(_key));

    private SslStreamCertificateContext Read()
    {
        try
        {
            var own = X509Certificate2.CreateFromPemFile(_file, _key);
            var others = new X509Certificate2Collection();
            others.ImportFromPemFile(_file);
            return SslStreamCertificateContext.Create(own, others, offline: true);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new BadInputException(
                $"Reading the API's certificate {_file} and its key {_key}: {e.Message.ReplaceLineEndings(" ").TrimEnd('.')}. "
                + "Name PEM files of a certificate and of its private key (Pgm:ApiCertificate, Pgm:ApiCertificateKey).", e);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Trouble} The former stays in use.")]
    private partial void LogUnusable(string trouble);
}

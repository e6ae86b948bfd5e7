using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PgmCluster.Tls;

namespace PgmCluster.Client;

/// <summary>The certificate policy of a client; its notices go to the program's log.</summary>
/// <exception cref="TlsFilesException">The files cannot be used.</exception>
internal sealed class ClientTls(IOptions<PgmClientOptions> options, ILogger<TlsPolicy> logger) : IDisposable
{
    /// <summary>Null where connections are not encrypted.</summary>
    public TlsPolicy? Policy { get; } = options.Value.ReadTls() is { } files ? new TlsPolicy(files, null, line => Say(logger, line)) : null;

    /// <summary>Ends looking at the files.</summary>
    public void Dispose() => Policy?.Dispose();

    private static void Say(ILogger logger, string line) => logger.Log(LogLevel.Warning, default, line, null, (said, _) => said);
}

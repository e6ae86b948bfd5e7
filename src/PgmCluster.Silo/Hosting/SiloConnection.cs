using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PgmCluster.Client;
using PgmCluster.Contracts.Errors;
using PgmCluster.Silo.Hosts;
using PgmCluster.Tls;

namespace PgmCluster.Silo.Hosting;

/// <summary>A client of a silo that runs in another process.</summary>
public sealed class SiloConnection : IAsyncDisposable
{
    /// <summary>
    /// How long a silo that accepts connections has to answer: on a machine with twenty busy processes a core ten seconds were too few. One
    /// that accepts none is given up at once.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>How long a call may take: control calls are short, and a call to a silo that died ends only by this.</summary>
    public static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(10);

    private static readonly SettingNames s_names = new("PGM_CLUSTERID", "--tls or PGM_TLS");

    private readonly IHost _host;

    private SiloConnection(IHost host)
    {
        _host = host;
        Client = host.Services.GetRequiredService<IClusterClient>();
    }

    /// <summary>The client; also the <see cref="IGrainFactory"/>.</summary>
    public IClusterClient Client { get; }

    /// <summary>Connects to the gateway of <paramref name="endpoint"/>.</summary>
    /// <param name="endpoint">From <see cref="SiloEndpoint.Find"/>.</param>
    /// <param name="timeout">How long to try. Default: <see cref="Patience"/>.</param>
    /// <param name="configure">Further settings of the client.</param>
    /// <param name="tls">
    /// Certificate of this client where the silo asks for one. Default: the silo's own, where this user may read it.
    /// </param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TlsFilesException">The certificate cannot be used.</exception>
    /// <exception cref="SiloConnectionException">The silo does not answer; the message is one line.</exception>
    public static async Task<SiloConnection> ConnectAsync(
        SiloEndpoint endpoint,
        TimeSpan? timeout = null,
        Action<IClientBuilder>? configure = null,
        TlsFiles? tls = null,
        CancellationToken cancellationToken = default)
    {
        try
        {
            return await ConnectAsync(
                [endpoint.Gateway], endpoint.ClusterId, endpoint.ServiceId, timeout, configure, tls ?? endpoint.Tls, cancellationToken);
        }
        catch (PgmException e)
        {
            throw e is { Code: PgmErrorCode.Unavailable, InnerException: { } cause }
                ? SiloConnectionException.Of(endpoint, cause) : new SiloConnectionException(e.Message, e);
        }
    }

    /// <summary>Connects to a cluster by the gateways of one or more of its silos; one that answers is enough.</summary>
    /// <param name="gateways">Where.</param>
    /// <param name="clusterId">The silos' <see cref="PgmCluster.Silo.Options.SiloOptions.ClusterId"/>.</param>
    /// <param name="serviceId">The silos' <see cref="PgmCluster.Silo.Options.SiloOptions.ServiceId"/>.</param>
    /// <param name="timeout">How long to try those that accept connections. Default: <see cref="Patience"/>.</param>
    /// <param name="configure">Further settings of the client.</param>
    /// <param name="tls">Certificate of this client; null where the silos ask for none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TlsFilesException">The certificate cannot be used.</exception>
    /// <exception cref="SiloConnectionException">No gateway can be reached; the message is one line.</exception>
    public static async Task<SiloConnection> ConnectAsync(
        IReadOnlyList<DnsEndPoint> gateways,
        string clusterId,
        string serviceId,
        TimeSpan? timeout = null,
        Action<IClientBuilder>? configure = null,
        TlsFiles? tls = null,
        CancellationToken cancellationToken = default)
    {
        try
        {
            return await ConnectAsync(
                gateways.Select(g => $"{g.Host}:{g.Port}"), clusterId, serviceId, timeout, configure, tls, cancellationToken);
        }
        catch (PgmException e)
        {
            throw new SiloConnectionException(e.Message, e);
        }
    }

    private static async Task<SiloConnection> ConnectAsync(
        IEnumerable<string> gateways,
        string clusterId,
        string serviceId,
        TimeSpan? timeout,
        Action<IClientBuilder>? configure,
        TlsFiles? tls,
        CancellationToken cancellationToken)
    {
        var builder = BareHost.CreateBuilder();
        builder.Services.AddPgmClient(options =>
        {
            (options.Gateways, options.ClusterId, options.ServiceId) = ([.. gateways], clusterId, serviceId);
            (options.ConnectTimeout, options.ResponseTimeout) = (timeout ?? Patience, ResponseTimeout);
            (options.WaitsForGateways, options.Names) = (false, s_names);
            if (tls is not null)
                (options.TlsCertificate, options.TlsKey, options.TlsAuthority) = (tls.Certificate, tls.Key, tls.Authority);
        }, configure);
        var host = builder.Build();
        try
        {
            await host.StartAsync(cancellationToken);
            return new SiloConnection(host);
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    /// <summary>Disconnects.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _host.StopAsync();
        }
        finally
        {
            _host.Dispose();
        }
    }
}

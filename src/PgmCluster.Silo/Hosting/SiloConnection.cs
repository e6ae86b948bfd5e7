using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using PgmCluster.Contracts.Clients;
using PgmCluster.Data;
using PgmCluster.Data.Tls;
using PgmCluster.Silo.Hosts;
using PgmCluster.Silo.Options;
using PgmCluster.Silo.Tls;

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

    private static readonly TimeSpan s_probeTimeout = TimeSpan.FromSeconds(3);

    private readonly IHost _host;
    private readonly TlsPolicy? _tls;

    private SiloConnection(IHost host, TlsPolicy? tls)
    {
        (_host, _tls) = (host, tls);
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
    /// <exception cref="BadInputException">The certificate cannot be used.</exception>
    /// <exception cref="SiloConnectionException">The silo does not answer; the message is one line.</exception>
    public static Task<SiloConnection> ConnectAsync(
        SiloEndpoint endpoint,
        TimeSpan? timeout = null,
        Action<IClientBuilder>? configure = null,
        TlsFiles? tls = null,
        CancellationToken cancellationToken = default) =>
        ConnectAsync([IPEndPoint.Parse(endpoint.Gateway)], endpoint.ClusterId, endpoint.ServiceId, timeout, configure, tls ?? endpoint.Tls,
            e => SiloConnectionException.Of(endpoint, e), cancellationToken);

    /// <summary>Connects to a cluster by the gateways of one or more of its silos; one that answers is enough.</summary>
    /// <param name="gateways">Where.</param>
    /// <param name="clusterId">The silos' <see cref="PgmCluster.Silo.Options.SiloOptions.ClusterId"/>.</param>
    /// <param name="serviceId">The silos' <see cref="PgmCluster.Silo.Options.SiloOptions.ServiceId"/>.</param>
    /// <param name="timeout">How long to try those that accept connections. Default: <see cref="Patience"/>.</param>
    /// <param name="configure">Further settings of the client.</param>
    /// <param name="tls">Certificate of this client; null where the silos ask for none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BadInputException">The certificate cannot be used.</exception>
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
        var names = gateways.Select(g => $"{g.Host}:{g.Port}");
        var tried = await Task.WhenAll(gateways.Select(gateway => TryAsync(gateway, cancellationToken)));
        // The framework would go on asking one that is gone for seconds before it takes the next.
        var live = tried.Where(t => t.Address is not null).Select(t => t.Address!).ToList();
        if (live.Count == 0) throw SiloConnectionException.Of(names, tried[0].Error!);
        return await ConnectAsync(
            live, clusterId, serviceId, timeout, configure, tls, e => SiloConnectionException.Of(names, e), cancellationToken);
    }

    /// <summary>The address by which a gateway accepts connections, or why it does not.</summary>
    private static async Task<(IPEndPoint? Address, Exception? Error)> TryAsync(DnsEndPoint gateway, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(s_probeTimeout);
        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(gateway, timeout.Token);
            var address = (IPEndPoint)socket.RemoteEndPoint!;
            return (new IPEndPoint(address.Address.IsIPv4MappedToIPv6 ? address.Address.MapToIPv4() : address.Address, address.Port), null);
        }
        catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return (null, e);
        }
    }

    private static async Task<SiloConnection> ConnectAsync(
        IReadOnlyList<IPEndPoint> gateways,
        string clusterId,
        string serviceId,
        TimeSpan? timeout,
        Action<IClientBuilder>? configure,
        TlsFiles? tls,
        Func<Exception, SiloConnectionException> describe,
        CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout ?? Patience);
        // Its notices are the silo's to make: a client says in its error what it refused.
        var policy = tls is null ? null : new TlsPolicy(tls, null, _ => { });
        var builder = BareHost.CreateBuilder();
        using var watch = new HandshakeWatch(gateways.Count, deadline.Cancel);
        builder.Logging.AddProvider(watch);
        builder.UseOrleansClient(client =>
        {
            client.UseStaticClustering([.. gateways]);
            client.Configure<ClusterOptions>(options =>
            {
                options.ClusterId = clusterId;
                options.ServiceId = serviceId;
            });
            client.Configure<ClientMessagingOptions>(options => options.ResponseTimeout = ResponseTimeout);
            client.AddOutgoingGrainCallFilter(new LostSiloFilter(TimeProvider.System));
            // Each attempt takes the next gateway; with only one, its error is the one to report.
            if (gateways.Count > 1) client.UseConnectionRetryFilter((_, _) => RetryAsync(deadline.Token));
            if (policy is not null) client.UsePolicy(policy);
            configure?.Invoke(client);
        });
        var host = builder.Build();
        try
        {
            await host.StartAsync(deadline.Token).WaitAsync(deadline.Token);
            return new SiloConnection(host, policy);
        }
        catch (Exception e)
        {
            host.Dispose();
            policy?.Dispose();
            if (cancellationToken.IsCancellationRequested) throw;
            var names = gateways.Select(g => $"{g}");
            if (watch.Refusal is { } refusal) throw SiloConnectionException.Untrusted(names, refusal);
            throw watch.IsRefused ? SiloConnectionException.Refused(names, clusterId, policy is not null, e) : describe(e);
        }
    }

    private static async Task<bool> RetryAsync(CancellationToken deadline)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(200), deadline).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !deadline.IsCancellationRequested;
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
            _tls?.Dispose();
        }
    }
}

using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

namespace PgmCluster.Silo.Hosting;

/// <summary>A client of a silo that runs in another process.</summary>
public sealed class SiloConnection : IAsyncDisposable
{
    /// <summary>How long a call may take: control calls are short, and a call to a silo that died ends only by this.</summary>
    public static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(10);

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
    /// <param name="timeout">How long to try. Default: 5 s.</param>
    /// <param name="configure">Further settings of the client.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SiloConnectionException">The silo does not answer; the message is one line.</exception>
    public static async Task<SiloConnection> ConnectAsync(
        SiloEndpoint endpoint,
        TimeSpan? timeout = null,
        Action<IClientBuilder>? configure = null,
        CancellationToken cancellationToken = default)
    {
        var builder = BareHost.CreateBuilder();
        builder.UseOrleansClient(client =>
        {
            client.UseStaticClustering(IPEndPoint.Parse(endpoint.Gateway));
            client.Configure<ClusterOptions>(options =>
            {
                options.ClusterId = endpoint.ClusterId;
                options.ServiceId = endpoint.ServiceId;
            });
            client.Configure<ClientMessagingOptions>(options => options.ResponseTimeout = ResponseTimeout);
            configure?.Invoke(client);
        });
        var host = builder.Build();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout ?? TimeSpan.FromSeconds(5));
        try
        {
            await host.StartAsync(deadline.Token).WaitAsync(deadline.Token);
            return new SiloConnection(host);
        }
        catch (Exception e)
        {
            host.Dispose();
            if (cancellationToken.IsCancellationRequested) throw;
            throw new SiloConnectionException(endpoint, e);
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

using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PgmCluster.Silo.Errors;
using PgmCluster.Silo.Hosts;

namespace PgmCluster.Silo.Hosting.Connections;

/// <summary>
/// A small HTTP server beside the silo, a host of its own: it answers before the silo has anything to start with (the database may be away)
/// and until the silo has left.
/// </summary>
internal static class PlainHttp
{
    private const int LargestConnections = 64;

    /// <param name="address">IP address to listen on.</param>
    /// <param name="port">TCP port.</param>
    /// <param name="map">Says what is answered.</param>
    /// <param name="refusal">What to say where the port is taken or the address is not of this machine.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <exception cref="SiloStartException">It cannot listen there.</exception>
    public static async Task<WebApplication> ListenAsync(
        string address, int port, Action<WebApplication> map, string refusal, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IHostLifetime, BareHost.NoLifetime>();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Many that say nothing must not keep others out: the oldest goes.
            kestrel.Listen(IPAddress.Parse(address), port, listen => listen.BoundTime(LargestConnections));
        });
        var application = builder.Build();
        map(application);
        try
        {
            await application.StartAsync(cancellationToken);
            return application;
        }
        catch (Exception e)
        {
            await application.DisposeAsync();
            if (e is not (IOException or SocketException)) throw;
            throw new SiloStartException(refusal, e);
        }
    }
}

using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Connections.Security;
using PgmCluster.Client;
using PgmCluster.Tls;

namespace PgmCluster.Silo.Tls;

/// <summary>A silo's Orleans connections under the certificate policy.</summary>
internal static class OrleansTls
{
    private const byte TlsGreeting = 0x16;

    /// <summary>The policy of a silo; what it has to say goes to the log.</summary>
    /// <exception cref="TlsFilesException">The files cannot be used.</exception>
    public static TlsPolicy Open(TlsFiles files, Serilog.ILogger logger) =>
        new(files, TlsRole.Silo, line => logger.ForContext<TlsPolicy>().Warning("{Notice}", line));

    /// <summary>Silo port, gateway, and connections to other silos; the data plane finds the policy among the services.</summary>
    public static void UsePolicy(this ISiloBuilder silo, TlsPolicy policy)
    {
        // As it is: what services make themselves ends with them, and this serves the next host where a port was taken.
        silo.Services.AddSingleton(policy);
        silo.Configure<SiloConnectionOptions>(options =>
        {
            options.ConfigureSiloInboundConnection(builder => Accept(builder, policy, TlsPort.Silo));
            options.ConfigureGatewayInboundConnection(builder => Accept(builder, policy, TlsPort.Gateway));
            options.ConfigureSiloOutboundConnection(builder => TlsConnections.Connect(builder, policy));
        });
    }

    private static void Accept(IConnectionBuilder builder, TlsPolicy policy, TlsPort port) => builder.Use(next => async context =>
    {
        var peer = context.RemoteEndPoint;
        switch (await GreetingAsync(context))
        {
            case null:
                // Whoever only looks whether the port is open.
                return;
            case TlsGreeting:
                break;
            default:
                policy.Refused(port, peer, "it does not speak TLS");
                return;
        }
        var handshake = policy.Accepting(port);
        if (await TlsConnections.RunAsync(builder, handshake, (b, o) => b.UseServerTls(o), next, context)) return;
        policy.Refused(port, peer, handshake.Refusal ?? TlsHandshake.Failed);
    });

    /// <summary>The first byte that comes, which stays to be read; null where none does.</summary>
    private static async Task<byte?> GreetingAsync(ConnectionContext context)
    {
        using var patience = new CancellationTokenSource(TlsConnections.Patience);
        try
        {
            var read = await context.Transport.Input.ReadAsync(patience.Token);
            byte? first = read.Buffer.IsEmpty ? null : read.Buffer.FirstSpan[0];
            context.Transport.Input.AdvanceTo(read.Buffer.Start);
            return first;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ConnectionAbortedException)
        {
            return null;
        }
    }
}

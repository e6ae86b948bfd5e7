using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Connections.Security;
using PgmCluster.Data;
using PgmCluster.Data.Tls;

namespace PgmCluster.Silo.Tls;

/// <summary>Orleans' connections under the certificate policy: each takes what the files hold when it begins.</summary>
internal static class OrleansTls
{
    private const byte TlsGreeting = 0x16;

    /// <summary>Whoever has not proven itself by then is let go.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The policy of a silo; what it has to say goes to the log.</summary>
    /// <exception cref="BadInputException">The files cannot be used.</exception>
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
            options.ConfigureSiloOutboundConnection(builder => Connect(builder, policy));
        });
    }

    /// <summary>Connections to gateways.</summary>
    public static void UsePolicy(this IClientBuilder client, TlsPolicy policy) =>
        client.Configure<ClientConnectionOptions>(options => options.ConfigureConnection(builder => Connect(builder, policy)));

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
        if (await RunAsync(builder, Options(handshake), (b, o) => b.UseServerTls(o), next, context)) return;
        policy.Refused(port, peer, handshake.Refusal ?? TlsHandshake.Failed);
    });

    private static void Connect(IConnectionBuilder builder, TlsPolicy policy) => builder.Use(next => async context =>
    {
        var handshake = policy.Connecting();
        if (await RunAsync(builder, Options(handshake), (b, o) => b.UseClientTls(o), next, context)) return;
        throw new TlsRefusedException($"Connecting to {context.RemoteEndPoint} with TLS: {handshake.Refusal ?? TlsHandshake.Failed}.");
    });

    /// <summary>Puts TLS between a connection and what is to run over it.</summary>
    /// <returns>Whether the handshake was a success.</returns>
    private static async Task<bool> RunAsync(
        IConnectionBuilder builder, TlsOptions options, Action<IConnectionBuilder, TlsOptions> use, ConnectionDelegate next,
        ConnectionContext context)
    {
        var isThrough = false;
        var guarded = new ConnectionBuilder(builder.ApplicationServices);
        use(guarded, options);
        guarded.Run(inner =>
        {
            isThrough = true;
            return next(inner);
        });
        await guarded.Build()(context);
        return isThrough;
    }

    private static TlsOptions Options(TlsHandshake handshake) => new()
    {
        LocalCertificate = handshake.Certificate,
        RemoteCertificateMode = RemoteCertificateMode.RequireCertificate,
        RemoteCertificateValidation = handshake.Accepts,
        SslProtocols = SslProtocols.Tls13,
        HandshakeTimeout = Patience,
        OnAuthenticateAsServer = (_, options) =>
            handshake.Configure((SslServerAuthenticationOptions)options.SslServerAuthenticationOptions),
        OnAuthenticateAsClient = (_, options) =>
            handshake.Configure((SslClientAuthenticationOptions)options.SslClientAuthenticationOptions),
    };

    /// <summary>The first byte that comes, which stays to be read; null where none does.</summary>
    private static async Task<byte?> GreetingAsync(ConnectionContext context)
    {
        using var patience = new CancellationTokenSource(Patience);
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

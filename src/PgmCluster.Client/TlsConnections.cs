using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Connections;
using Orleans.Connections.Security;
using PgmCluster.Tls;

namespace PgmCluster.Client;

/// <summary>Orleans' connections under the certificate policy: each takes what the files hold when it begins.</summary>
internal static class TlsConnections
{
    /// <summary>Whoever has not proven itself by then is let go.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>For connections that this process makes, to gateways or to silos.</summary>
    public static void Connect(IConnectionBuilder builder, TlsPolicy policy) => builder.Use(next => async context =>
    {
        var handshake = policy.Connecting();
        if (await RunAsync(builder, handshake, (b, o) => b.UseClientTls(o), next, context)) return;
        throw new TlsRefusedException($"Connecting to {context.RemoteEndPoint} with TLS: {handshake.Refusal ?? TlsHandshake.Failed}.");
    });

    /// <summary>Puts TLS between a connection and what is to run over it.</summary>
    /// <returns>Whether the handshake was a success.</returns>
    public static async Task<bool> RunAsync(
        IConnectionBuilder builder, TlsHandshake handshake, Action<IConnectionBuilder, TlsOptions> use, ConnectionDelegate next,
        ConnectionContext context)
    {
        var isThrough = false;
        var guarded = new ConnectionBuilder(builder.ApplicationServices);
        use(guarded, Options(handshake));
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
}

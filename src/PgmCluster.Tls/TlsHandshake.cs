using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace PgmCluster.Tls;

/// <summary>
/// The policy for one connection: TLS 1.3, both sides with a certificate of the pinned authorities that is valid now, and of a role that
/// is allowed here. Names and addresses in certificates do not count: pods change theirs, and who holds a silo's certificate is a silo.
/// </summary>
public sealed class TlsHandshake
{
    /// <summary>What is said of a handshake that failed before a certificate could be judged.</summary>
    public const string Failed = "the handshake failed: it has no TLS 1.3, shows no certificate, accepts none of ours, or broke off";

    private readonly TlsIdentity _own;
    private readonly IReadOnlyList<TlsRole> _allowed;

    internal TlsHandshake(TlsIdentity own, IReadOnlyList<TlsRole> allowed, bool isAccepting) =>
        (_own, _allowed, IsAccepting) = (own, allowed, isAccepting);

    /// <summary>Whether this side was connected to.</summary>
    public bool IsAccepting { get; }

    /// <summary>Why the peer was refused; null where it was not, or has shown no certificate.</summary>
    public string? Refusal { get; private set; }

    /// <summary>The certificate that is shown to the peer.</summary>
    public X509Certificate2 Certificate => _own.Certificate;

    /// <summary>Who the peer is, once it was accepted.</summary>
    public string? Peer { get; private set; }

    /// <summary>For the side that was connected to.</summary>
    public void Configure(SslServerAuthenticationOptions options)
    {
        options.EnabledSslProtocols = SslProtocols.Tls13;
        options.ServerCertificate = null;
        options.ServerCertificateSelectionCallback = null;
        options.ServerCertificateContext = _own.Context;
        options.ClientCertificateRequired = true;
        options.CertificateChainPolicy = TlsIdentity.Trust(_own.Authorities);
        // A resumed session would carry on with what was true of certificates when it began.
        options.AllowTlsResume = false;
    }

    /// <summary>For the side that connects.</summary>
    public void Configure(SslClientAuthenticationOptions options)
    {
        options.EnabledSslProtocols = SslProtocols.Tls13;
        options.ClientCertificates = null;
        options.LocalCertificateSelectionCallback = null;
        options.ClientCertificateContext = _own.Context;
        options.CertificateChainPolicy = TlsIdentity.Trust(_own.Authorities);
        options.AllowTlsResume = false;
        options.TargetHost ??= "";
    }

    /// <summary>Judges the peer's certificate.</summary>
    /// <param name="certificate">Null where the peer has shown none.</param>
    /// <param name="chain">Built with the policy of <c>Configure</c>.</param>
    /// <param name="errors">Of these only the chain's count.</param>
    public bool Accepts(X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        Refusal = certificate is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable)
            ? "it showed no certificate"
            : Judge(certificate, chain, errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors));
        if (Refusal is null) Peer = TlsIdentity.NameOf(certificate!);
        return Refusal is null;
    }

    private string? Judge(X509Certificate2 certificate, X509Chain? chain, bool isChainBroken)
    {
        const X509ChainStatusFlags Stranger = X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot
            | X509ChainStatusFlags.NotSignatureValid | X509ChainStatusFlags.Cyclic;
        var name = TlsIdentity.NameOf(certificate);
        if (chain is null) return $"the authority of its certificate '{name}' could not be checked";
        if (isChainBroken || chain.ChainStatus.Length > 0)
        {
            var flags = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status);
            if ((flags & Stranger) != 0) return $"its certificate '{name}' is of an authority that is not trusted here";
            if (flags.HasFlag(X509ChainStatusFlags.NotTimeValid))
            {
                return $"its certificate '{name}' is not valid now: it is for {certificate.NotBefore.ToUniversalTime():yyyy-MM-dd HH:mm} "
                    + $"to {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm} UTC";
            }
            return $"its certificate '{name}' cannot be used for this ({TlsIdentity.Problems(chain)})";
        }
        var wanted = string.Join(" or ", _allowed.Select(TlsRoles.NameOf));
        if (TlsRoles.Of(certificate) is not { } role) return $"its certificate '{name}' says no role, and {wanted} is needed here";
        return _allowed.Contains(role)
            ? null
            : $"its certificate '{name}' has the role {TlsRoles.NameOf(role)}, and {wanted} is needed here";
    }
}

using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PgmCluster.Tls;

/// <summary>A certificate with its key, and the authorities of those that are trusted: what the files held when they were read.</summary>
public sealed class TlsIdentity
{
    private const int LongestName = 64;
    private const string AnyUse = "2.5.29.37.0";

    private TlsIdentity(
        X509Certificate2 certificate, X509Certificate2Collection between, X509Certificate2Collection authorities, TlsRole role)
    {
        Certificate = certificate;
        Between = between;
        Authorities = authorities;
        Role = role;
        Context = SslStreamCertificateContext.Create(certificate, between, offline: true);
    }

    /// <summary>The certificate, with its key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>What it lets its holder be.</summary>
    public TlsRole Role { get; }

    /// <summary>Certificates between it and the authority.</summary>
    internal X509Certificate2Collection Between { get; }

    internal X509Certificate2Collection Authorities { get; }

    /// <summary>What is shown to peers.</summary>
    internal SslStreamCertificateContext Context { get; }

    /// <summary>Reads the files and checks that they belong together and can be used now.</summary>
    /// <param name="files">Where.</param>
    /// <param name="required">The role that it has to have; null takes any.</param>
    /// <exception cref="TlsFilesException">They cannot be used.</exception>
    public static TlsIdentity Read(TlsFiles files, TlsRole? required)
    {
        var chain = Certificates(files.Certificate);
        var certificate = WithKey(files);
        var between = new X509Certificate2Collection(chain.Skip(1).ToArray());
        var authorities = Certificates(files.Authority);
        if (authorities.FirstOrDefault(a => !IsAuthority(a)) is { } other)
            throw Unusable(files.Authority, $"'{NameOf(other)}' in it is not the certificate of an authority");
        if (DateTime.Now > certificate.NotAfter)
            throw Unusable(files.Certificate, $"it ended on {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm} UTC");
        if (DateTime.Now < certificate.NotBefore)
        {
            throw Unusable(files.Certificate,
                $"it begins on {certificate.NotBefore.ToUniversalTime():yyyy-MM-dd HH:mm} UTC, which is later than this machine's clock "
                + "says");
        }
        using (var trust = new X509Chain { ChainPolicy = Trust(authorities) })
        {
            trust.ChainPolicy.ExtraStore.AddRange(between);
            if (!trust.Build(certificate))
                throw Unusable(files.Certificate, $"{files.Authority} does not vouch for it ({Problems(trust)})");
        }
        if (TlsRoles.Of(certificate) is not { } role)
        {
            throw Unusable(files.Certificate,
                $"it says no role: among its alternative names is neither {TlsRoles.UriOf(TlsRole.Silo)} nor "
                + $"{TlsRoles.UriOf(TlsRole.Service)}");
        }
        if (required is { } needed && role != needed)
            throw Unusable(files.Certificate, $"its role is {TlsRoles.NameOf(role)}, and {TlsRoles.NameOf(needed)} is needed here");
        if (MissingUses(certificate, role) is { Length: > 0 } missing)
            throw Unusable(files.Certificate, $"its extended key usage lacks {missing}");
        return new TlsIdentity(certificate, between, authorities, role);
    }

    /// <summary>Who a certificate is made out to, for people. A stranger's may hold anything: it is one short line here.</summary>
    public static string NameOf(X509Certificate2 certificate)
    {
        var name = certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false) is { Length: > 0 } simple
            ? simple
            : certificate.Subject;
        return new string([.. name.Take(LongestName).Select(c => char.IsControl(c) || c == '\'' ? '?' : c)]);
    }

    /// <summary>Trust in these authorities and nobody else. Nothing is fetched: a stranger's certificate may name any address.</summary>
    internal static X509ChainPolicy Trust(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }

    /// <summary>What others would refuse it for; nothing where it says not at all what it is good for.</summary>
    private static string MissingUses(X509Certificate2 certificate, TlsRole role)
    {
        var said = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>()
            .SelectMany(e => e.EnhancedKeyUsages.Cast<Oid>().Select(u => u.Value)).ToHashSet();
        return said.Count == 0 || said.Contains(AnyUse)
            ? "" : string.Join(" and ", TlsRoles.UsesOf(role).Where(u => !said.Contains(u.Value)).Select(u => u.FriendlyName));
    }

    internal static string Problems(X509Chain chain) =>
        string.Join(", ", chain.ChainStatus.Select(s => s.StatusInformation.Trim().TrimEnd('.')).Distinct());

    /// <summary>Reads the certificates of a file.</summary>
    /// <exception cref="TlsFilesException">It cannot be read, or holds none.</exception>
    internal static X509Certificate2Collection Certificates(string path)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(Text(path));
        }
        catch (CryptographicException e)
        {
            throw Unusable(path, $"it is damaged ({e.Message.TrimEnd('.')})", e);
        }
        return certificates.Count > 0 ? certificates : throw Unusable(path, "it holds no certificate in PEM");
    }

    internal static TlsFilesException Unusable(string path, string found, Exception? cause = null)
    {
        var message = $"Reading {path} for TLS: {found}. "
            + "Name files that belong together (Pgm:Tls; PgmClientOptions.Tls of a client), or make them with 'pgm tls init', 'issue' or 'renew'.";
        return cause is null ? new TlsFilesException(message) : new TlsFilesException(message, cause);
    }

    private static X509Certificate2 WithKey(TlsFiles files)
    {
        try
        {
            return X509Certificate2.CreateFromPem(Text(files.Certificate), Text(files.Key));
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            // Whatever the message is made of, no key may be.
            throw Unusable(files.Key, $"it holds no key to {files.Certificate} that is not encrypted", e);
        }
    }

    internal static bool IsAuthority(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(c => c.CertificateAuthority);

    private static string Text(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(
                path, e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : e.Message.TrimEnd('.'), e);
        }
    }
}

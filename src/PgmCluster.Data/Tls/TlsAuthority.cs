using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PgmCluster.Data.Artifacts;
using PgmCluster.Tls;

namespace PgmCluster.Data.Tls;

/// <summary>
/// A private certificate authority in a directory: <c>ca.crt</c>, <c>ca.key</c>, and a directory for each certificate that it has issued.
/// Keys are ECDSA over P-256; all files can be read by their owner only.
/// </summary>
public sealed class TlsAuthority
{
    /// <summary>How long an authority is valid.</summary>
    public static readonly TimeSpan AuthorityLife = TimeSpan.FromDays(3650);

    /// <summary>How long what it issues is valid.</summary>
    public static readonly TimeSpan CertificateLife = TimeSpan.FromDays(365);

    private const string KeyName = "ca.key", CommonName = "PgmCluster authority";

    /// <summary>Clocks of peers may be behind this one's.</summary>
    private static readonly TimeSpan Backdated = TimeSpan.FromMinutes(5);

    private readonly TimeProvider _time;
    private readonly X509Certificate2 _certificate;

    private TlsAuthority(string directory, X509Certificate2 certificate, TimeProvider time) =>
        (Directory, _certificate, _time) = (directory, certificate, time);

    /// <summary>Where it is.</summary>
    public string Directory { get; }

    /// <summary>
    /// Makes an authority with a certificate of each role, named like it: the directory is there with all, or not at all.
    /// </summary>
    /// <param name="directory">New, or empty.</param>
    /// <param name="time">When it is.</param>
    /// <exception cref="BadInputException">There is something already, or it cannot be written.</exception>
    public static TlsAuthority Create(string directory, TimeProvider time)
    {
        var path = Path.GetFullPath(directory);
        if (File.Exists(path) || (System.IO.Directory.Exists(path) && System.IO.Directory.EnumerateFileSystemEntries(path).Any()))
        {
            throw new BadInputException(
                $"Making a certificate authority in {path}: there is something already, and nothing is overwritten. "
                + "Name another directory, or see with 'pgm tls show' what this one holds.");
        }
        return Writing($"Making a certificate authority in {path}", () =>
        {
            TlsDirectories.Make(path, made =>
            {
                using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
                var request = new CertificateRequest($"CN={CommonName}", key, HashAlgorithmName.SHA256);
                request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
                request.CertificateExtensions.Add(
                    new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
                request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
                var now = time.GetUtcNow();
                using var certificate = request.CreateSelfSigned(now - Backdated, now + AuthorityLife);
                TlsDirectories.Write(Path.Combine(made, TlsFiles.AuthorityName), certificate.ExportCertificatePem());
                TlsDirectories.Write(Path.Combine(made, KeyName), key.ExportPkcs8PrivateKeyPem());
                var authority = new TlsAuthority(made, certificate, time);
                foreach (var role in Enum.GetValues<TlsRole>()) authority.Issue(TlsRoles.NameOf(role), role);
            });
            return Open(path, time);
        });
    }

    /// <summary>The authority of a directory.</summary>
    /// <exception cref="BadInputException">There is none, or it cannot be read.</exception>
    public static TlsAuthority Open(string directory, TimeProvider time)
    {
        var path = Path.GetFullPath(directory);
        var (certificate, key) = (Path.Combine(path, TlsFiles.AuthorityName), Path.Combine(path, KeyName));
        try
        {
            return new TlsAuthority(path, X509Certificate2.CreateFromPemFile(certificate, key), time);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            var found = e is FileNotFoundException or DirectoryNotFoundException
                ? $"there is no {TlsFiles.AuthorityName} with its {KeyName}" : e.Message.ReplaceLineEndings(" ").TrimEnd('.');
            throw new BadInputException(
                $"Opening the certificate authority of {path}: {found}. Name its directory with --dir, or make one with 'pgm tls init'.",
                e);
        }
    }

    /// <summary>Issues a certificate into a new directory: <c>tls.crt</c>, <c>tls.key</c>, <c>ca.crt</c>.</summary>
    /// <param name="name">Of the directory and in the certificate.</param>
    /// <param name="role">What its holder may be.</param>
    /// <exception cref="BadInputException">There is one of that name, or the name is none.</exception>
    public void Issue(string name, TlsRole role)
    {
        var path = DirectoryOf(name);
        if (Path.Exists(path))
        {
            throw new BadInputException(
                $"Issuing the certificate '{name}' in {Directory}: there is something of that name, and nothing is overwritten. "
                + $"Choose another name, or use 'pgm tls renew {name}'.");
        }
        Writing($"Issuing the certificate '{name}' in {Directory}", () =>
        {
            TlsDirectories.Make(path, made =>
            {
                WriteCertificate(made, name, role);
                TlsDirectories.Write(Path.Combine(made, TlsFiles.AuthorityName), _certificate.ExportCertificatePem());
            });
            return true;
        });
    }

    /// <summary>Replaces a certificate by one of the same name and role with a new key and a new life.</summary>
    /// <exception cref="BadInputException">There is none, or it says no role.</exception>
    public void Renew(string name)
    {
        var path = DirectoryOf(name);
        var files = TlsFiles.In(path);
        if (!File.Exists(files.Certificate))
        {
            throw new BadInputException(
                $"Renewing the certificate '{name}' in {Directory}: there is none. "
                + "'pgm tls show' says which there are; 'pgm tls issue' makes one.");
        }
        if (TlsRoles.Of(TlsIdentity.Certificates(files.Certificate)[0]) is not { } role)
            throw TlsIdentity.Unusable(files.Certificate, "it says no role");
        Writing($"Renewing the certificate '{name}' in {Directory}", () =>
        {
            WriteCertificate(path, name, role);
            return true;
        });
    }

    private void WriteCertificate(string directory, string name, TlsRole role)
    {
        var now = _time.GetUtcNow();
        if (now + CertificateLife > _certificate.NotAfter)
        {
            throw new BadInputException(
                $"Making the certificate '{name}' in {Directory}: its authority ends on "
                + $"{_certificate.NotAfter.ToUniversalTime():yyyy-MM-dd} UTC, before the {CertificateLife.TotalDays:0} days of a "
                + "certificate are over. Make another authority with 'pgm tls init' in a new directory, and trust both while the one "
                + "replaces the other.");
        }
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var uses = new OidCollection();
        foreach (var use in TlsRoles.UsesOf(role)) uses.Add(use);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(uses, true));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_certificate, true, false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri(TlsRoles.UriOf(role)));
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(_certificate, now - Backdated, now + CertificateLife, RandomNumberGenerator.GetBytes(16));
        TlsDirectories.Write(Path.Combine(directory, TlsFiles.KeyName), key.ExportPkcs8PrivateKeyPem());
        TlsDirectories.Write(Path.Combine(directory, TlsFiles.CertificateName), certificate.ExportCertificatePem());
    }

    private string DirectoryOf(string name)
    {
        if (name.Length is 0 or > 63 || !char.IsAsciiLetterOrDigit(name[0]) || !char.IsAsciiLetterOrDigit(name[^1])
            || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-'))
        {
            throw new BadInputException(
                $"Naming a certificate '{name}': use letters, digits, '.' and '-', at most 63, with a letter or digit at both ends.");
        }
        return Path.Combine(Directory, name);
    }

    private static T Writing<T>(string attempt, Func<T> write)
    {
        try
        {
            return write();
        }
        catch (Exception e) when (e is IOException and not StorageFullException or UnauthorizedAccessException or CryptographicException
            or ArgumentException)
        {
            throw new BadInputException(
                $"{attempt}: {e.Message.ReplaceLineEndings(" ").TrimEnd('.')}. Name a directory that this user may write to.", e);
        }
    }
}

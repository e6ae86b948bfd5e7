using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PgmCluster.Tls;

namespace PgmCluster.Data.Tls;

/// <summary>What a directory of certificates holds; keys are not looked at.</summary>
public static class TlsListing
{
    /// <summary>The authority's certificate and those below it, or the certificate of the directory itself; authorities first.</summary>
    /// <exception cref="BadInputException">A file of them is damaged or cannot be read.</exception>
    public static IReadOnlyList<ListedCertificate> Of(string directory)
    {
        if (!Directory.Exists(directory)) return [];
        var files = new[] { TlsFiles.AuthorityName, TlsFiles.CertificateName }
            .Concat(Subdirectories(directory).Select(d => Path.Combine(d, TlsFiles.CertificateName)));
        return [.. files.Where(f => File.Exists(Path.Combine(directory, f))).SelectMany(f => In(directory, f))];
    }

    private static IEnumerable<string> Subdirectories(string directory) =>
        Directory.GetDirectories(directory).Select(d => Path.GetFileName(d)).Where(d => !d.StartsWith('.')).Order(StringComparer.Ordinal);

    private static IEnumerable<ListedCertificate> In(string directory, string file)
    {
        var certificates = TlsIdentity.Certificates(Path.Combine(directory, file));
        // Those after the first one of a certificate's file only lead to the authority.
        return (Path.GetFileName(file) == TlsFiles.AuthorityName ? certificates : certificates.Take(1)).Select(c => new ListedCertificate(
            TlsIdentity.NameOf(c), RoleOf(c), c.NotAfter.ToUniversalTime(), c.GetCertHashString(HashAlgorithmName.SHA256), file));
    }

    private static string RoleOf(X509Certificate2 certificate) =>
        TlsIdentity.IsAuthority(certificate) ? "authority" : TlsRoles.Of(certificate) is { } role ? TlsRoles.NameOf(role) : "none";
}

namespace PgmCluster.Tls;

/// <summary>Where a process has its certificate, the key to it, and the authorities that it trusts; all PEM.</summary>
/// <param name="Certificate">The certificate, followed by those between it and the authority, if there are any.</param>
/// <param name="Key">Its private key, not encrypted.</param>
/// <param name="Authority">One or more certificates of authorities: while one replaces another, both.</param>
public sealed record TlsFiles(string Certificate, string Key, string Authority)
{
    /// <summary>Names of the three in a directory, which are those of a Kubernetes secret for TLS.</summary>
    internal const string CertificateName = "tls.crt", KeyName = "tls.key", AuthorityName = "ca.crt";

    /// <summary>The files of a directory: <c>tls.crt</c>, <c>tls.key</c>, <c>ca.crt</c>.</summary>
    public static TlsFiles In(string directory)
    {
        var path = Path.GetFullPath(directory);
        return new(Path.Combine(path, CertificateName), Path.Combine(path, KeyName), Path.Combine(path, AuthorityName));
    }

    /// <summary>The files as settings name them: those of a directory, with others in place of some of them.</summary>
    /// <param name="directory">With <c>tls.crt</c>, <c>tls.key</c> and <c>ca.crt</c>; null or empty names none.</param>
    /// <param name="certificate">File, instead of the directory's.</param>
    /// <param name="key">File, instead of the directory's.</param>
    /// <param name="authority">File, instead of the directory's.</param>
    /// <returns>Null where nothing is named.</returns>
    /// <exception cref="TlsFilesException">Some are named and others not.</exception>
    public static TlsFiles? Of(string? directory, string? certificate, string? key, string? authority)
    {
        var files = directory is { Length: > 0 } ? In(directory) : new TlsFiles("", "", "");
        files = new TlsFiles(
            certificate is { Length: > 0 } ? Path.GetFullPath(certificate) : files.Certificate,
            key is { Length: > 0 } ? Path.GetFullPath(key) : files.Key,
            authority is { Length: > 0 } ? Path.GetFullPath(authority) : files.Authority);
        string[] named = [files.Certificate, files.Key, files.Authority];
        if (named.All(n => n.Length == 0)) return null;
        return named.All(n => n.Length > 0)
            ? files
            : throw new TlsFilesException(
                "Reading which files TLS is to use: of certificate, key and authority some are named and others not. "
                + "Name all three, or a directory that has them.");
    }

    /// <summary>
    /// What tells one content from another without reading it; links are followed, since a mounted secret is changed by one.
    /// </summary>
    internal string Stamp() => string.Join('|', new[] { Certificate, Key, Authority }.Select(StampOf));

    private static string StampOf(string path)
    {
        try
        {
            var file = File.ResolveLinkTarget(path, returnFinalTarget: true) as FileInfo ?? new FileInfo(path);
            return file.Exists ? $"{file.LastWriteTimeUtc.Ticks} {file.Length}" : "none";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "none";
        }
    }
}

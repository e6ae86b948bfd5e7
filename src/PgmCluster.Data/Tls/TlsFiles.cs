namespace PgmCluster.Data.Tls;

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

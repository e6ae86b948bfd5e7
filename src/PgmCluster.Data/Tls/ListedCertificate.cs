namespace PgmCluster.Data.Tls;

/// <summary>One certificate of a directory.</summary>
/// <param name="Name">Who it is made out to.</param>
/// <param name="Role">"silo", "service", "authority", or "none" where it says no role.</param>
/// <param name="Ends">When.</param>
/// <param name="Fingerprint">SHA-256 of it, in hexadecimal digits.</param>
/// <param name="File">Where it is, in the directory.</param>
public sealed record ListedCertificate(string Name, string Role, DateTimeOffset Ends, string Fingerprint, string File);

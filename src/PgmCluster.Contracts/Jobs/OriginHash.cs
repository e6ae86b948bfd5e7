using System.Security.Cryptography;
using System.Text;

namespace PgmCluster.Contracts.Jobs;

/// <summary>One hash for several files.</summary>
public static class OriginHash
{
    /// <summary>
    /// Of one file its own; of several SHA-256 over the lines of their hashes (64 lower-case hex digits and a line feed) in order; null of
    /// none.
    /// </summary>
    public static string? Of(IReadOnlyList<ArtifactReference>? files) => files switch
    {
        null or [] => null,
        [var only] => only.Sha256,
        _ => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Concat(files.Select(f => f.Sha256 + "\n"))))),
    };
}

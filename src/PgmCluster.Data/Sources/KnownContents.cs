using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace PgmCluster.Data.Sources;

/// <summary>Content hashes of many files, computed once in this process as long as none of their names, sizes and times changes.</summary>
internal static class KnownContents
{
    private static readonly ConcurrentDictionary<string, string> Known = new(StringComparer.Ordinal);

    /// <param name="paths">The files, in a fixed order.</param>
    /// <param name="compute">Reads them all.</param>
    public static string Of(IEnumerable<string> paths, Func<string> compute)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in paths)
        {
            var file = new FileInfo(path);
            hash.AppendData(Encoding.UTF8.GetBytes($"{path}\0{(file.Exists ? file.Length : -1)}\0{file.LastWriteTimeUtc.Ticks}\n"));
        }
        return Known.GetOrAdd(Convert.ToHexStringLower(hash.GetHashAndReset()), _ => compute());
    }
}

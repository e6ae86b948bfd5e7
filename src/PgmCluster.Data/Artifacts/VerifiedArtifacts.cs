using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace PgmCluster.Data.Artifacts;

/// <summary>Artifacts that are read only as what they were when they were written.</summary>
public static class VerifiedArtifacts
{
    private const int MostKnown = 1 << 16;

    // Files that were hashed by this process. Whoever changes one changes its identity too.
    private static readonly ConcurrentDictionary<FileIdentity, string> Known = new();

    /// <summary>
    /// Checks an artifact's size and hash: by reading it the first time in this process, later by a look whether it is the same file.
    /// </summary>
    /// <param name="store">Where it is.</param>
    /// <param name="info">What it must be.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <returns>Where it can be read or mapped.</returns>
    /// <exception cref="DataCorruptException">It is missing or has changed; the message names it.</exception>
    public static string Verified(this IArtifactStore store, ArtifactInfo info, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        var path = store.LocalPath(info.Name);
        if (!File.Exists(path)) throw Wrong(info, path, "it is missing");
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        if (file.Length != info.Size)
            throw Wrong(info, path, $"it has changed since it was written: {file.Length} bytes instead of {info.Size}");
        var identity = FileIdentity.Of(file.SafeFileHandle);
        if (identity is not { } known || !Known.TryGetValue(known, out var hash))
        {
            hash = Convert.ToHexStringLower(SHA256.HashDataAsync(file, cancellation).AsTask().GetAwaiter().GetResult());
            // One that changed while it was read is read again the next time.
            if (identity is { } before && FileIdentity.Of(file.SafeFileHandle) == before)
            {
                if (Known.Count >= MostKnown) Known.Clear();
                Known[before] = hash;
            }
        }
        return hash == info.Sha256 ? path : throw Wrong(info, path, "it has changed since it was written");
    }

    private static DataCorruptException Wrong(ArtifactInfo info, string path, string found) =>
        new($"Reading {info.Name}: {found} ({path}). Put the file back from a copy, or have what made it made again under a new id.");
}

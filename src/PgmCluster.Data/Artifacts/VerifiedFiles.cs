using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace PgmCluster.Data.Artifacts;

/// <summary>Files of artifacts that are read only as what they were when they were written.</summary>
internal static class VerifiedFiles
{
    private const int MostKnown = 1 << 16;

    // Files that were hashed by this process. Whoever changes one changes its identity too.
    private static readonly ConcurrentDictionary<FileIdentity, string> Known = new();

    /// <summary>
    /// Opens an artifact's file and checks size and hash: by reading it the first time in this process, later by a look whether it is the
    /// same file.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="info">What it must be.</param>
    /// <param name="ct">Ends the reading.</param>
    /// <param name="place">Where it lies in its store, if not at the path.</param>
    /// <exception cref="DataCorruptException">It is missing or has changed; the message names it.</exception>
    public static async Task<FetchedArtifact> OpenAsync(string path, ArtifactInfo info, CancellationToken ct, string? place = null)
    {
        place ??= path;
        ct.ThrowIfCancellationRequested();
        var file = Open(path) ?? throw Missing(info, place);
        try
        {
            var length = RandomAccess.GetLength(file);
            Require(info, info with { Size = length }, place);
            Require(info, new ArtifactInfo(info.Name, length, await HashAsync(file, ct)), place);
            return new FetchedArtifact(info, place, path, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>A file for reading, by whatever name it has later; null where there is none.</summary>
    public static SafeFileHandle? Open(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The SHA-256 of an open file: read, unless this process has.</summary>
    public static async Task<string> HashAsync(SafeFileHandle file, CancellationToken ct)
    {
        var identity = FileIdentity.Of(file);
        if (identity is { } known && Known.TryGetValue(known, out var hash)) return hash;
        hash = await ReadHashAsync(file, ct);
        // One that changed while it was read is read again the next time.
        if (identity is { } before && FileIdentity.Of(file) == before) Remember(before, hash);
        return hash;
    }

    /// <summary>The SHA-256 of an open file, read in any case.</summary>
    public static async Task<string> ReadHashAsync(SafeFileHandle file, CancellationToken ct)
    {
        using var hashing = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        for (var at = 0L; ;)
        {
            var read = await RandomAccess.ReadAsync(file, buffer, at, ct);
            if (read == 0) return Convert.ToHexStringLower(hashing.GetHashAndReset());
            hashing.AppendData(buffer, 0, read);
            at += read;
        }
    }

    /// <summary>What is in a file now.</summary>
    public static void Remember(FileIdentity identity, string hash)
    {
        if (Known.Count >= MostKnown) Known.Clear();
        Known[identity] = hash;
    }

    /// <summary>Compares what was found with what has to be.</summary>
    /// <exception cref="DataCorruptException">They differ; the message names the artifact and its place.</exception>
    public static void Require(ArtifactInfo wanted, ArtifactInfo found, string place)
    {
        if (found.Size != wanted.Size)
            throw Wrong(wanted, place, $"it has changed since it was written: {found.Size} bytes instead of {wanted.Size}");
        if (found.Sha256 != wanted.Sha256) throw Wrong(wanted, place, "it has changed since it was written");
    }

    /// <summary>There is none of that name.</summary>
    public static DataCorruptException Missing(ArtifactInfo info, string place) => Wrong(info, place, "it is missing");

    private static DataCorruptException Wrong(ArtifactInfo info, string path, string found) =>
        new($"Reading {info.Name}: {found} ({path}). Put the file back from a copy, or have what made it made again under a new id.");
}

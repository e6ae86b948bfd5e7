using System.Security.Cryptography;
using PgmCluster.Data;

namespace PgmCluster.Silo.Backups;

/// <summary>The files of a backup.</summary>
/// <param name="Root">Its directory.</param>
internal sealed record BackupPlaces(string Root)
{
    /// <summary>The cluster's state, an SQLite database whatever it was in.</summary>
    public string State => Path.Combine(Root, "state.db");

    /// <summary>A line for each artifact that has to be there: name, size, SHA-256.</summary>
    public string Artifacts => Path.Combine(Root, "artifacts.jsonl");

    /// <summary>The artifacts, where they are in it.</summary>
    public string Files => Path.Combine(Root, "artifacts");

    /// <summary>Written last.</summary>
    public string Description => Path.Combine(Root, "backup.json");

    public static string HashOf(string file)
    {
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    /// <exception cref="DataCorruptException">The file is not what was written.</exception>
    public static void Require(string file, string sha256)
    {
        if (!File.Exists(file)) throw new DataCorruptException($"Restoring: {file} is missing. Take another backup.");
        if (HashOf(file) != sha256)
            throw new DataCorruptException($"Restoring: {file} has changed since it was written. Take another backup.");
    }
}

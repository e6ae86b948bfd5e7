using System.Security.Cryptography;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Data.Artifacts;

namespace PgmCluster.Cli.Homes;

/// <summary>Puts files of the user's where silos find them: what a silo reads by itself is an operator's to say.</summary>
internal static class Upload
{
    /// <summary>Copies the file to the artifacts, under its content's hash: the same file is there once.</summary>
    public static ArtifactReference Of(PgmHome home, string file)
    {
        using var source = File.OpenRead(file);
        var hash = Convert.ToHexStringLower(SHA256.HashData(source));
        var store = home.OpenArtifacts();
        source.Position = 0;
        var made = store.Write($"imports/{hash[..16]}{Path.GetExtension(file)}", source.CopyTo);
        return new ArtifactReference(made.Name, made.Size, made.Sha256);
    }
}

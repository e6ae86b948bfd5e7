using System.Security.Cryptography;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Blobs;
using PgmCluster.Grains.Jobs;

namespace PgmCluster.Grains.Evaluation;

/// <inheritdoc cref="IWeightsImporter"/>
internal sealed class WeightsImporter(IArtifactStore store, ImportRoots roots) : IWeightsImporter
{
    public ArtifactReference Import(string path)
    {
        roots.Require("Reading weights", path);
        try
        {
            using var file = File.OpenRead(path);
            var hash = Convert.ToHexStringLower(SHA256.HashData(file));
            var name = $"weights/{hash}{Path.GetExtension(path).ToLowerInvariant()}";
            file.Position = 0;
            return store.Write(name, file.CopyTo).ToReference();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            throw new BadInputException($"Reading weights {path}: {e.Message} Name a file that the silo can read.", e);
        }
    }
}

using PgmCluster.Contracts.Jobs;
using PgmCluster.Data;

namespace PgmCluster.Grains.Evaluation;

/// <summary>Takes a file of weights into the artifact store. Replaced in tests.</summary>
public interface IWeightsImporter
{
    /// <summary>Copies the file, under a name by its content; the same file again is no work.</summary>
    /// <param name="path">As the silo sees it.</param>
    /// <exception cref="BadInputException">The file is missing or cannot be read.</exception>
    ArtifactReference Import(string path);
}

using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Specifications;

namespace PgmCluster.Execution.Training;

/// <summary>Tells before a run is queued whether it can begin with a checkpoint. Replaced in tests.</summary>
public interface IStartingWeights
{
    /// <summary>
    /// Compares the kind of model, names, shapes and types of weights and optimizer with the run's. Whoever starts the run waits for it, so
    /// it reads no tensor, hashes nothing and fetches nothing: of a file that is not on this machine it knows the size alone. The run's
    /// device compares all of it, and the hash.
    /// </summary>
    /// <param name="file">In the artifact store.</param>
    /// <param name="weights">Which of several models in the file; null for the usual one.</param>
    /// <param name="specification">The run's.</param>
    /// <exception cref="Data.BadInputException">The file is not there, holds no weights, or weights of another model.</exception>
    /// <exception cref="Data.DataCorruptException">The file is of another size, or damaged.</exception>
    void Require(ArtifactInfo file, string? weights, ResolvedSpecification specification);
}

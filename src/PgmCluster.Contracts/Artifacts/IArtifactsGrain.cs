using Orleans.CodeGeneration;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Contracts.Artifacts;

/// <summary>
/// Gives clients the files that results name: weights, pictures, token shards. Key "default". <see cref="ArtifactTransfers"/> fetches whole
/// files by it.
/// </summary>
[Alias("pgm.IArtifactsGrain"), Version(0)]
public interface IArtifactsGrain : IGrainWithStringKey
{
    /// <summary>A part of a file. Whoever has all parts compares their hash with the reference's.</summary>
    /// <param name="artifact">As a result names it.</param>
    /// <param name="offset">Bytes of the file before the part.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <returns>Up to 1 MiB; empty at the end of the file.</returns>
    /// <exception cref="Errors.NotFoundException">There is no such file: it was never stored, or was collected.</exception>
    /// <exception cref="Errors.InvalidRequestException">The name is no artifact's, or the offset lies outside of it.</exception>
    /// <exception cref="Errors.PgmException">It has another length than was written, or the store cannot be read.</exception>
    [Alias("Read")]
    Task<byte[]> Read(ArtifactReference artifact, long offset, CancellationToken cancellation);
}

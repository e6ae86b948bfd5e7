using Orleans.CodeGeneration;
using PgmCluster.Contracts.Callers;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Contracts.Artifacts;

/// <summary>
/// Takes a client's file into the artifact store part by part, such as a checkpoint for <see cref="Training.TrainingRequest.From"/>. The key
/// is the SHA-256 of its content, 64 lower-case hexadecimal digits. Several clients may upload one file at the same time.
/// <see cref="ArtifactTransfers"/> sends whole files by it.
/// </summary>
/// <remarks>
/// What has come of a file is kept for two minutes after its last part, and lost with its silo: <see cref="Append"/> says from where to go on.
/// A file that no job, dataset or run names is removed when the store is next collected.
/// </remarks>
[Alias("pgm.IArtifactUploadGrain"), Version(0)]
public interface IArtifactUploadGrain : IGrainWithStringKey
{
    /// <summary>Takes the next part. One that is not the next changes nothing.</summary>
    /// <param name="ending">Of the file's name, such as ".ckpt": a dot and up to 16 letters, digits or dots; or empty.</param>
    /// <param name="offset">Bytes of the file before the part.</param>
    /// <param name="part">1 byte to 1 MiB.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <returns>Bytes that have come by now: where the next part begins.</returns>
    /// <exception cref="Errors.InvalidRequestException">Ending, part or key are not as they must be.</exception>
    /// <exception cref="Errors.PgmException">
    /// The store cannot take it, such as for want of room, or the silo has no room for more files or bytes that are not all there yet
    /// (Conflict); what had come is dropped.
    /// </exception>
    [Alias("Append")]
    Task<long> Append(string ending, long offset, byte[] part, CancellationToken cancellation);

    /// <summary>Stores the file when all of it has come.</summary>
    /// <param name="ending">As for <see cref="Append"/>.</param>
    /// <param name="length">Bytes of the whole file.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <returns>What jobs name it by. Null where not all of it has come: <see cref="Append"/> says from where to go on.</returns>
    /// <exception cref="Errors.InvalidRequestException">What has come has another hash; it is dropped.</exception>
    /// <exception cref="Errors.PgmException">The store cannot take it; what had come is dropped.</exception>
    [Alias("Complete"), Audited]
    Task<ArtifactReference?> Complete(string ending, long length, CancellationToken cancellation);
}

using Orleans.CodeGeneration;
using Orleans.Concurrency;
using PgmCluster.Contracts.Callers;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Contracts.Datasets;

/// <summary>One dataset: where its images are, its splits, its content hash. The key is the dataset's name.</summary>
[Alias("pgm.IDatasetGrain"), Version(0)]
public interface IDatasetGrain : IGrainWithStringKey
{
    /// <summary>
    /// Lists the source and registers it: at once where it is small or was read before, else by a job. Registered again after files at the
    /// same place were mended, the dataset gets another version, and only shards are read whose files have changed.
    /// </summary>
    /// <exception cref="Errors.InvalidRequestException">
    /// The source is missing, damaged or inconsistent, the name holds other content from another place, or is being registered otherwise.
    /// </exception>
    [Alias("StartRegistration"), ResponseTimeout("00:10:00"), Audited]
    Task<RegistrationStart> StartRegistration(DatasetRequest request);

    /// <summary><see cref="StartRegistration"/>, and its end. Large sources take longer than a call may: watch the job.</summary>
    /// <exception cref="Errors.InvalidRequestException">As there, or the job failed.</exception>
    [Alias("Register"), ResponseTimeout("00:10:00"), Audited]
    Task<DatasetInfo> Register(DatasetRequest request);

    /// <summary>
    /// Forgets the dataset; what was made from it stays. Its files are not touched.
    /// </summary>
    /// <exception cref="Errors.NotFoundException">Nothing is registered under this name.</exception>
    [Alias("Remove"), Audited]
    Task Remove();

    /// <summary>
    /// Draws the dataset at a glance, as PNG: some images of each class (of up to 20), how many each has, how large images are. The same
    /// bytes for the same dataset.
    /// </summary>
    /// <exception cref="Errors.NotFoundException">Nothing is registered under this name.</exception>
    /// <exception cref="Errors.InvalidRequestException">An image has gone or changed; the message names it.</exception>
    [Alias("DrawSheet"), AlwaysInterleave, ResponseTimeout("00:10:00"), Audited]
    Task<ArtifactReference> DrawSheet();

    /// <summary>What is registered; never waits for a registration.</summary>
    /// <exception cref="Errors.NotFoundException">Nothing is registered under this name.</exception>
    [Alias("Get"), AlwaysInterleave]
    Task<DatasetInfo> Get();
}

using Orleans.Concurrency;

namespace PgmCluster.Contracts.Datasets;

/// <summary>One dataset: where its images are, its splits, its content hash. The key is the dataset's name.</summary>
[Alias("pgm.IDatasetGrain")]
public interface IDatasetGrain : IGrainWithStringKey
{
    /// <summary>
    /// Reads and hashes the source and records it. The same content again is a success; other content under the same name is refused.
    /// </summary>
    /// <exception cref="Errors.InvalidRequestException">
    /// The source is missing, damaged or inconsistent, or the name holds other content.
    /// </exception>
    [Alias("Register"), ResponseTimeout("00:10:00")]
    Task<DatasetInfo> Register(DatasetRequest request);

    /// <summary>What is registered; never waits for a registration.</summary>
    /// <exception cref="Errors.NotFoundException">Nothing is registered under this name.</exception>
    [Alias("Get"), AlwaysInterleave]
    Task<DatasetInfo> Get();
}

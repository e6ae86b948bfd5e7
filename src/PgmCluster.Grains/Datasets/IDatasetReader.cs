using PgmCluster.Contracts.Datasets;
using PgmCluster.Data;

namespace PgmCluster.Grains.Datasets;

/// <summary>Looks at a source of images. Replaced in tests.</summary>
public interface IDatasetReader
{
    /// <summary>Reads every picture of the source once and writes its manifest; takes as long as that does.</summary>
    /// <exception cref="BadInputException">The source is missing, damaged, inconsistent, or not what was asked for.</exception>
    Task<DatasetFacts> ReadAsync(DatasetRequest request, CancellationToken cancellation);

    /// <summary>Compares all content of a place with a record from before there were manifests.</summary>
    /// <exception cref="BadInputException">It holds something else; the message names what.</exception>
    Task RequireAsync(DatasetInfo known, string location, CancellationToken cancellation);
}

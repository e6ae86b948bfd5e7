using PgmCluster.Data;

namespace PgmCluster.Grains.Datasets;

/// <summary>Looks at a source of images. Replaced in tests.</summary>
public interface IDatasetReader
{
    /// <summary>Opens, checks and hashes the source; takes as long as reading every image does.</summary>
    /// <exception cref="BadInputException">The source is missing, damaged or inconsistent.</exception>
    DatasetFacts Read(string location);
}

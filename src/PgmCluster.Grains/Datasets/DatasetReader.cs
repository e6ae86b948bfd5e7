using PgmCluster.Data.Sources;

namespace PgmCluster.Grains.Datasets;

/// <summary>Reads sources with the Data library.</summary>
internal sealed class DatasetReader : IDatasetReader
{
    public DatasetFacts Read(string location)
    {
        using var source = ImageSources.Open(location);
        return DatasetFacts.Of(source);
    }
}

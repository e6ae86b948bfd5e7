using PgmCluster.Data.Sources;

namespace PgmCluster.Grains.Datasets;

/// <summary>Reads sources with the Data library.</summary>
internal sealed class DatasetReader : IDatasetReader
{
    public DatasetFacts Read(string location)
    {
        using var source = ImageSources.Open(location);
        var kind = source.Kind == "folder" ? "image-folder" : source.Kind;
        return new DatasetFacts(kind, source.Count, source.ClassNames, source.ContentSha256());
    }
}

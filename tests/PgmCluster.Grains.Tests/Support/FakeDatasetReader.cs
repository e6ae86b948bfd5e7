using PgmCluster.Data;
using PgmCluster.Data.Sources;
using PgmCluster.Grains.Datasets;

namespace PgmCluster.Grains.Tests.Support;

/// <summary>"fake:N" is a source of N images in three classes; anything else is read for real.</summary>
public sealed class FakeDatasetReader : IDatasetReader
{
    public DatasetFacts Read(string location)
    {
        if (location == "broken") throw new InvalidOperationException("first line\nsecond line");
        if (location.StartsWith("fake:", StringComparison.Ordinal))
            return new DatasetFacts("idx", int.Parse(location[5..]), ["boot", "coat", "dress"], location[5..].PadLeft(64, '0'));
        using var source = ImageSources.Open(location);
        return new DatasetFacts(source.Kind, source.Count, source.ClassNames, source.ContentSha256());
    }
}

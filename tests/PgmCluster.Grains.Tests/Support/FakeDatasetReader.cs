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
            return Made(int.Parse(location[5..]), location[5..].PadLeft(64, '0'));
        using var source = ImageSources.Open(location);
        return DatasetFacts.Of(source);
    }

    private static DatasetFacts Made(int images, string contentSha256)
    {
        int[] labels = [.. Enumerable.Range(0, images).Select(i => i % 3)];
        return new DatasetFacts("idx", images, ["boot", "coat", "dress"], contentSha256, DatasetIndex.InOrder(images), labels);
    }
}

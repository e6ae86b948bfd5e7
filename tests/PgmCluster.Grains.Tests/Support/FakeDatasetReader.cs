using PgmCluster.Contracts.Datasets;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Manifests;
using PgmCluster.Grains.Datasets;

namespace PgmCluster.Grains.Tests.Support;

/// <summary>"fake:N" is a source of N images in three classes; anything else is read for real.</summary>
public sealed class FakeDatasetReader(IArtifactStore store) : IDatasetReader
{
    private const string Fake = "fake:";

    public Task<DatasetFacts> ReadAsync(DatasetRequest request, CancellationToken cancellation)
    {
        if (request.Location == "broken") throw new InvalidOperationException("first line\nsecond line");
        return request.Location.StartsWith(Fake, StringComparison.Ordinal)
            ? Task.FromResult(Made(int.Parse(request.Location[Fake.Length..]), request))
            : new DatasetReader(store).ReadAsync(request, cancellation);
    }

    public Task RequireAsync(DatasetInfo known, string location, CancellationToken cancellation) =>
        location.StartsWith(Fake, StringComparison.Ordinal)
            ? Task.CompletedTask
            : new DatasetReader(store).RequireAsync(known, location, cancellation);

    private static DatasetFacts Made(int images, DatasetRequest request)
    {
        var held = new SplitRequest(request.ValidationImages, request.ValidationShare).Held(images);
        List<ManifestSplit> splits = [new("train", 0, images - held, CountByClass(0, images - held))];
        if (held > 0) splits.Add(new ManifestSplit("validation", images - held, held, CountByClass(images - held, held)));
        return new DatasetFacts(
            new DatasetManifest
            {
                Format = "idx",
                ContentSha256 = $"{images}".PadLeft(64, '0'),
                Classes = ["boot", "coat", "dress"],
                Labels = new Dictionary<string, int>(),
                Splits = splits,
                Shards = [new ManifestShard("made", images, images, new string('0', 64),
                    new ArtifactInfo("datasets/0", 1, new string('0', 64)))],
                Order = new ArtifactInfo("datasets/order", 1, new string('1', 64)),
                Sizes = new PictureSizes(),
            },
            new ArtifactInfo($"datasets/made-{images}.json", 1, $"{images}".PadLeft(64, '2')));
    }

    private static int[] CountByClass(int start, int count) =>
        [.. Enumerable.Range(0, 3).Select(c => Enumerable.Range(start, count).Count(i => i % 3 == c))];
}

using PgmCluster.Contracts.Datasets;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Manifests;
using PgmCluster.Grains.Datasets;
using PgmCluster.Grains.Options;

namespace PgmCluster.Grains.Tests.Support;

/// <summary>"fake:N" is a source of N images in three classes; anything else is read for real.</summary>
public sealed class FakeDatasetReader(IArtifactStore store, GrainsOptions options) : IDatasetReader
{
    private const string Fake = "fake:";

    private DatasetReader Real => new(store, options);

    public async Task<PlannedRegistration> PlanAsync(
        string name, DatasetRequest request, DatasetInfo? known, ArtifactInfo? formerPlan, UnfinishedRegistration? unfinished,
        CancellationToken cancellation)
    {
        if (request.Location == "broken") throw new InvalidOperationException("first line\nsecond line");
        if (!request.Location.StartsWith(Fake, StringComparison.Ordinal))
            return await Real.PlanAsync(name, request, known, formerPlan, unfinished, cancellation);
        var facts = Made(int.Parse(request.Location[Fake.Length..]), request);
        if (known is not null)
        {
            var before = new DatasetRequest { Location = known.Location, ValidationImages = known.Splits.Skip(1).Sum(s => s.Count) };
            facts.Manifest.RequireSuccessorOf(Made(known.Images, before).Manifest, name, known.Location, request.Location);
        }
        return new PlannedRegistration(new ArtifactInfo("datasets/made.plan.jsonl", 1, new string('3', 64)), "idx", [], facts);
    }

    public Task<DatasetFacts> ReadAsync(ArtifactInfo manifest, CancellationToken cancellation) => Real.ReadAsync(manifest, cancellation);

    public Task<ArtifactInfo> DrawAsync(DatasetInfo dataset, CancellationToken cancellation) => Real.DrawAsync(dataset, cancellation);

    public Task<(DatasetManifest Former, IReadOnlyList<int> Equal)> CompareAsync(
        ArtifactInfo former, DatasetManifest present, CancellationToken cancellation) => Real.CompareAsync(former, present, cancellation);

    public Task RequireAsync(DatasetInfo known, string location, CancellationToken cancellation) =>
        location.StartsWith(Fake, StringComparison.Ordinal)
            ? Task.CompletedTask
            : Real.RequireAsync(known, location, cancellation);

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

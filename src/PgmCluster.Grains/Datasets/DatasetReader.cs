using System.Security.Cryptography;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Formats;
using PgmCluster.Data.Images;
using PgmCluster.Data.Manifests;
using PgmCluster.Data.Sources;
using PgmCluster.Grains.Artifacts;
using PgmCluster.Grains.Jobs;
using PgmCluster.Grains.Options;

namespace PgmCluster.Grains.Datasets;

/// <summary>Reads sources with the Data library.</summary>
public sealed class DatasetReader(IArtifactStore store, GrainsOptions options) : IDatasetReader
{
    /// <summary>Files that take no longer to read than a job takes to begin.</summary>
    private const int FewFiles = 10_000;

    /// <summary>Files whose list is worth a pause of the process to be rid of: some 100 MB.</summary>
    private const int ManyFiles = 500_000;

    public async Task<PlannedRegistration> PlanAsync(
        string name, DatasetRequest request, DatasetInfo? known, ArtifactInfo? formerPlan, UnfinishedRegistration? unfinished,
        CancellationToken cancellation)
    {
        var (planned, files) = await ListedAsync(name, request, known, formerPlan, unfinished, cancellation);
        // The list has grown old while it was written, and would stay for as long as the indexing needs little beside it.
        if (files > ManyFiles) GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return planned;
    }

    private async Task<(PlannedRegistration Planned, int Files)> ListedAsync(
        string name, DatasetRequest request, DatasetInfo? known, ArtifactInfo? formerPlan, UnfinishedRegistration? unfinished,
        CancellationToken cancellation)
    {
        var background = BackgroundColor.Parse(request.Background);
        var blobs = DatasetIndexing.Open(request.Location, options.Imports);
        var layout = await DatasetIndexing.LayOutAsync(blobs, request.Format, cancellation);
        var registered = known?.Manifest is { } manifest ? (await ReadAsync(manifest.ToInfo(), cancellation)).Manifest : null;
        var before = new List<(ShardPlan Shard, ArtifactInfo Index)>();
        if (!request.Verify)
        {
            // Older indexes do not say which pictures are transparent.
            if (unfinished is not null && (background is null || unfinished.HasBackground))
                before.AddRange(await ReadBeforeAsync(unfinished, layout.Format, cancellation));
            if (registered is not null && formerPlan is not null
                && (background is null || registered is { Background: not null } or { Transparency: not null }))
                before.AddRange(await ReadBeforeAsync(
                    formerPlan, layout.Format, _ => [.. registered.Shards.Select(s => s.Index)], cancellation));
        }
        var former = new RegistrationPlan(layout with { Shards = [.. before.Select(b => b.Shard)] }, new ArtifactInfo?[before.Count]);
        var plan = RegistrationPlan.Of(layout, former, [.. before.Select(b => b.Index)]);
        var (file, open) = await DatasetIndexing.KeepPlanAsync(plan, store, cancellation);
        var shards = layout.Shards.Where((_, i) => plan.Known[i] is null).ToList();
        var files = shards.Sum(s => s.Files.Count);
        if (files > FewFiles || shards.Sum(s => s.Files.Sum(f => f.Length)) > options.RegisterAtOnceBytes)
            return (new PlannedRegistration(file, layout.Format, open, null), files);
        var made = new List<ArtifactInfo>();
        foreach (var shard in shards) made.Add((await DatasetIndexing.IndexAsync(blobs, layout.Format, shard, store, cancellation)).File);
        var (dataset, written) = await DatasetIndexing.ConcludeAsync(
            plan, made, request.Location, new SplitRequest(request.ValidationImages, request.ValidationShare), request.SkipUnreadable,
            store, cancellation, background);
        if (registered is not null) dataset.RequireSuccessorOf(registered, name, known!.Location, request.Location);
        return (new PlannedRegistration(file, layout.Format, open, new DatasetFacts(dataset, written)), files);
    }

    public async Task<DatasetFacts> ReadAsync(ArtifactInfo manifest, CancellationToken cancellation)
    {
        using var file = await store.FetchAsync(manifest, cancellation);
        return new(DatasetManifest.Read(file.Path), manifest);
    }

    public async Task RequireAsync(DatasetInfo known, string location, CancellationToken cancellation)
    {
        using var file = known.Index is null ? null : await store.FetchAsync(known.Index.ToInfo(), cancellation);
        var index = file is null ? null : DatasetIndex.Read(file.Path);
        RegisteredBefore.Open(location, index, known.ContentSha256, whole: true, wanted: [], memory: 0, cancellation, options.Imports);
    }

    public async Task<ArtifactInfo> DrawAsync(DatasetInfo dataset, CancellationToken cancellation)
    {
        var png = PngWriter.Encode(DatasetSheets.Draw(dataset, new DatasetPictures(store, dataset, cancellation, options.Imports)));
        var name = $"datasets/sheets/{Convert.ToHexStringLower(SHA256.HashData(png))}.png";
        return await store.WriteAsync(name, async (stream, ct) => await stream.WriteAsync(png, ct), cancellation);
    }

    public async Task<(DatasetManifest Former, IReadOnlyList<int> Equal)> CompareAsync(
        ArtifactInfo former, DatasetManifest present, CancellationToken cancellation)
    {
        var before = (await ReadAsync(former, cancellation)).Manifest;
        return (before, EqualShards.Find(before, present, index =>
        {
            using var file = store.Fetch(index, cancellation);
            return IndexedShard.Read(file.Path);
        }));
    }

    private async Task<List<(ShardPlan Shard, ArtifactInfo Index)>> ReadBeforeAsync(
        UnfinishedRegistration unfinished, string format, CancellationToken cancellation)
    {
        // Nothing refers to what a job made that failed, so that it may have been collected.
        var found = await StoredLooks.OfAsync(store, [.. unfinished.Made.Select(index => index?.Name)], cancellation);
        var made = new Queue<ArtifactInfo?>(unfinished.Made.Zip(found, (index, stored) => stored is null ? null : index));
        return await ReadBeforeAsync(
            unfinished.Plan, format, plan => [.. plan.Known.Select(known => known ?? (made.TryDequeue(out var index) ? index : null))],
            cancellation);
    }

    /// <summary>
    /// The shards of an earlier registration that were read, with their indexes. It only saves work: one that was lost is done without.
    /// </summary>
    private async Task<List<(ShardPlan Shard, ArtifactInfo Index)>> ReadBeforeAsync(
        ArtifactInfo former, string format, Func<RegistrationPlan, IReadOnlyList<ArtifactInfo?>> indexesOf, CancellationToken cancellation)
    {
        try
        {
            using var file = await store.FetchAsync(former, cancellation);
            var plan = RegistrationPlan.Read(file.Path);
            var indexes = indexesOf(plan);
            return plan.Layout.Format != format || plan.Layout.Shards.Count != indexes.Count
                ? []
                : [.. plan.Layout.Shards.Zip(indexes).Where(s => s.Second is not null).Select(s => (s.First, s.Second!))];
        }
        catch (PgmCluster.Data.DataCorruptException)
        {
            return [];
        }
    }
}

using System.Security.Cryptography;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Images;
using PgmCluster.Data.Manifests;
using PgmCluster.Data.Sources;
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
        string name, DatasetRequest request, DatasetInfo? known, ArtifactInfo? formerPlan, CancellationToken cancellation)
    {
        var (planned, files) = await ListedAsync(name, request, known, formerPlan, cancellation);
        // The list has grown old while it was written, and would stay for as long as the indexing needs little beside it.
        if (files > ManyFiles) GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return planned;
    }

    private async Task<(PlannedRegistration Planned, int Files)> ListedAsync(
        string name, DatasetRequest request, DatasetInfo? known, ArtifactInfo? formerPlan, CancellationToken cancellation)
    {
        var background = BackgroundColor.Parse(request.Background);
        var blobs = DatasetIndexing.Open(request.Location);
        var layout = await DatasetIndexing.LayOutAsync(blobs, request.Format, cancellation);
        var registered = known?.Manifest is { } manifest ? (await ReadAsync(manifest.ToInfo(), cancellation)).Manifest : null;
        // Older indexes do not say which pictures are transparent.
        var isEnough = background is null || registered is { Background: not null } or { Transparency: not null };
        var plan = registered is not null && formerPlan is not null && isEnough
            ? RegistrationPlan.Of(layout, await FormerAsync(formerPlan, cancellation), [.. registered.Shards.Select(s => s.Index)])
            : RegistrationPlan.Of(layout, former: null, []);
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
        RegisteredBefore.Open(location, index, known.ContentSha256, whole: true, wanted: [], memory: 0, cancellation);
    }

    public async Task<ArtifactInfo> DrawAsync(DatasetInfo dataset, CancellationToken cancellation)
    {
        var png = PngWriter.Encode(DatasetSheets.Draw(dataset, new DatasetPictures(store, dataset, cancellation)));
        var name = $"datasets/sheets/{Convert.ToHexStringLower(SHA256.HashData(png))}.png";
        return await store.WriteAsync(name, async (stream, ct) => await stream.WriteAsync(png, ct), cancellation);
    }

    /// <summary>A former plan only saves work: one that was lost is done without.</summary>
    private async Task<RegistrationPlan?> FormerAsync(ArtifactInfo plan, CancellationToken cancellation)
    {
        try
        {
            using var file = await store.FetchAsync(plan, cancellation);
            return RegistrationPlan.Read(file.Path);
        }
        catch (PgmCluster.Data.DataCorruptException)
        {
            return null;
        }
    }
}

using PgmCluster.Contracts.Datasets;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Manifests;
using PgmCluster.Data.Sources;
using PgmCluster.Grains.Jobs;

namespace PgmCluster.Grains.Datasets;

/// <summary>Reads sources with the Data library.</summary>
public sealed class DatasetReader(IArtifactStore store) : IDatasetReader
{
    public async Task<DatasetFacts> ReadAsync(DatasetRequest request, CancellationToken cancellation)
    {
        var blobs = DatasetIndexing.Open(request.Location);
        var layout = await DatasetIndexing.LayOutAsync(blobs, request.Format, cancellation);
        var builder = new ManifestBuilder(layout, blobs.Location);
        foreach (var plan in layout.Shards)
        {
            var (shard, file) = await DatasetIndexing.IndexAsync(blobs, layout.Format, plan, store, cancellation);
            builder.Add(shard, file);
        }
        var splits = new SplitRequest(request.ValidationImages, request.ValidationShare);
        var (manifest, written) = await DatasetIndexing.ConcludeAsync(builder, splits, request.SkipUnreadable, store, cancellation);
        return new DatasetFacts(manifest, written);
    }

    public Task RequireAsync(DatasetInfo known, string location, CancellationToken cancellation)
    {
        var index = known.Index is null ? null : DatasetIndex.Read(store.Verified(known.Index.ToInfo(), cancellation));
        RegisteredBefore.Open(location, index, known.ContentSha256, whole: true, wanted: [], memory: 0, cancellation);
        return Task.CompletedTask;
    }
}

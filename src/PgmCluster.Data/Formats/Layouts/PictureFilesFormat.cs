using PgmCluster.Data.Blobs;

namespace PgmCluster.Data.Formats.Layouts;

/// <summary>A format in which every file of a shard is a picture (<see cref="PictureFiles"/>), and the listing tells its label.</summary>
public abstract class PictureFilesFormat : IDatasetFormat
{
    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public abstract ValueTask<DatasetLayout?> RecognizeAsync(SourceListing listing, CancellationToken cancellation = default);

    /// <inheritdoc/>
    public Task<ShardIndex> IndexAsync(IBlobs blobs, ShardPlan shard, CancellationToken cancellation = default) =>
        PictureFiles.IndexAsync(blobs, shard, cancellation);

    /// <inheritdoc/>
    public IAsyncEnumerable<EncodedImage> ReadAsync(
        IBlobs blobs, ShardPlan shard, ShardIndex index, int first, int count, CancellationToken cancellation = default) =>
        PlacedReading.ReadAsync(blobs, shard, index, first, count, cancellation: cancellation);
}

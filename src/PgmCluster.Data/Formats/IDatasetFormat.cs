using PgmCluster.Data.Blobs;

namespace PgmCluster.Data.Formats;

/// <summary>One way in which datasets are laid out. Without state; may be used from several threads at once.</summary>
public interface IDatasetFormat
{
    /// <summary>For people and the option <c>--format</c>, such as "webdataset".</summary>
    string Name { get; }

    /// <summary>Looks at a listing; reads small files beside the pictures where it has to.</summary>
    /// <returns>Null where the source is laid out otherwise.</returns>
    /// <exception cref="BadInputException">It is laid out this way, and something is wrong with it.</exception>
    ValueTask<DatasetLayout?> RecognizeAsync(SourceListing listing, CancellationToken cancellation = default);

    /// <summary>
    /// Reads a whole shard once and writes down what each picture is. Pictures that cannot be decoded are listed, not refused.
    /// </summary>
    /// <exception cref="BadInputException">The shard itself is broken; the message names it and where.</exception>
    Task<ShardIndex> IndexAsync(IBlobs blobs, ShardPlan shard, CancellationToken cancellation = default);

    /// <summary>Reads pictures of a shard in the order of its index. Each is compared with the index.</summary>
    /// <param name="blobs">Where the shard's files lie.</param>
    /// <param name="shard">The shard.</param>
    /// <param name="index">As <see cref="IndexAsync"/> made it.</param>
    /// <param name="first">Counted in the index.</param>
    /// <param name="count">How many.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="BadInputException">A file has gone or changed since it was indexed; the message names it.</exception>
    IAsyncEnumerable<EncodedImage> ReadAsync(
        IBlobs blobs, ShardPlan shard, ShardIndex index, int first, int count, CancellationToken cancellation = default);

    /// <summary>Whether reading one picture of a shard takes as long as reading all before it: then those that are wanted are kept.</summary>
    bool ReadsWhole(ShardPlan shard, ShardIndex index) => shard.Files.Any(f => PlacedReading.IsPacked(f.Name));

    /// <summary>What to do where so many pictures are wanted of such a shard that they are not kept; without a full stop.</summary>
    string AdviceOnSize => "Unpack it with gunzip";
}

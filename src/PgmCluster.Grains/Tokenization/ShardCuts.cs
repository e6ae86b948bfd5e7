namespace PgmCluster.Grains.Tokenization;

/// <summary>
/// A split cut where the dataset's shards end, so that a shard that changes changes no other's tokens; larger shards are cut again.
/// </summary>
internal static class ShardCuts
{
    /// <summary>Where each part ends, counted from the beginning of the split.</summary>
    /// <param name="shards">Images of each shard of the dataset.</param>
    /// <param name="start">The split's first image.</param>
    /// <param name="count">Images of the split.</param>
    /// <param name="most">Images of a part.</param>
    public static IReadOnlyList<int> Of(IEnumerable<int> shards, int start, int count, int most)
    {
        var ends = new List<int>();
        var (first, shardEnd) = (start, 0);
        foreach (var images in shards)
        {
            shardEnd += images;
            while (first < Math.Min(shardEnd, start + count))
            {
                first = Math.Min(Math.Min(first + most, shardEnd), start + count);
                ends.Add(first - start);
            }
        }
        return ends;
    }
}

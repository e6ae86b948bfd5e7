namespace PgmCluster.Data.Manifests;

/// <summary>
/// The pictures of shards that cannot be read from the middle, in memory, all together within a bound. A shard makes room for the next once
/// all that is wanted of it was asked for, or nearly so: each that is left is then read by itself. So work that goes through its
/// shards needs room for one of them, and work that wants pictures of all in any order for all. May be used from several threads at once.
/// </summary>
/// <param name="memory">Bytes that their pictures may have.</param>
/// <param name="sizeOf">Bytes of a picture, by shard and place in it.</param>
/// <param name="read">Reads pictures of a shard, in the order of their places, in one pass.</param>
/// <param name="refuse">
/// Makes the error for a shard of which so many pictures have so many bytes, beside those that are kept of others.
/// </param>
internal sealed class KeptShards(
    long memory, Func<int, int, int> sizeOf, Func<int, int[], Dictionary<int, byte[]>> read,
    Func<int, int, long, long, BadInputException> refuse)
{
    /// <summary>So many pictures may be left of a shard that makes room: threads ask a little out of order.</summary>
    private const int Few = 16;

    private readonly Lock _lock = new();
    private readonly Dictionary<int, Kept> _kept = [];

    /// <summary>What is left of shards that had to make room.</summary>
    private readonly Dictionary<int, HashSet<int>> _late = [];

    /// <summary>A picture's bytes.</summary>
    /// <param name="shard">Which shard.</param>
    /// <param name="within">Its place there.</param>
    /// <param name="wanted">All places that are wanted of the shard, in order.</param>
    /// <exception cref="BadInputException">There is no room.</exception>
    public byte[] Get(int shard, int within, Func<int[]> wanted)
    {
        Kept? kept = null;
        lock (_lock)
        {
            var isLate = _late.TryGetValue(shard, out var late) && late.Remove(within);
            if (!isLate)
            {
                if (!_kept.TryGetValue(shard, out kept)) kept = Keep(shard, wanted());
                kept.Open.Remove(within);
            }
        }
        return (kept is null ? read(shard, [within]) : kept.Pictures.Value)[within];
    }

    private Kept Keep(int shard, int[] places)
    {
        var bytes = places.Sum(place => (long)sizeOf(shard, place));
        if (bytes > memory) throw refuse(shard, places.Length, bytes, 0);
        while (_kept.Values.Sum(k => k.Bytes) is var others && others + bytes > memory)
        {
            var (number, spent) = _kept.MinBy(k => k.Value.Open.Count);
            if (spent.Open.Count > Few) throw refuse(shard, places.Length, bytes, others);
            _kept.Remove(number);
            _late[number] = spent.Open;
        }
        return _kept[shard] = new Kept([.. places], bytes, new Lazy<Dictionary<int, byte[]>>(() => read(shard, places)));
    }

    /// <param name="Open">Those that nobody has asked for yet.</param>
    /// <param name="Bytes">Of all.</param>
    /// <param name="Pictures">By place.</param>
    private sealed record Kept(HashSet<int> Open, long Bytes, Lazy<Dictionary<int, byte[]>> Pictures);
}

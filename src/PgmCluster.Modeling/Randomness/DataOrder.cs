namespace PgmCluster.Modeling.Randomness;

/// <summary>
/// A shuffled order of examples, a new one each time through, a pure function of (seed, time through): what evaluation takes its images in.
/// Jobs under way depend on it, so it stays as it is; training has <see cref="ExampleOrder"/>.
/// </summary>
public sealed class DataOrder
{
    private readonly long _seed;
    private readonly int _count;
    private readonly Dictionary<long, int[]> _epochs = [];

    /// <param name="seed">The run's seed.</param>
    /// <param name="count">Examples in the data.</param>
    public DataOrder(long seed, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        (_seed, _count) = (seed, count);
    }

    /// <summary>Index of the n-th example, n from 0 on over all epochs.</summary>
    public int this[long n]
    {
        get
        {
            var (epoch, position) = Math.DivRem(n, _count);
            if (!_epochs.TryGetValue(epoch, out var order))
            {
                // A batch spans two epochs at most.
                foreach (var old in _epochs.Keys.Where(e => e < epoch - 1 || e > epoch + 1).ToArray()) _epochs.Remove(old);
                _epochs[epoch] = order = Permutation(epoch);
            }
            return order[position];
        }
    }

    /// <summary>Fisher-Yates with a SplitMix64 stream.</summary>
    private int[] Permutation(long epoch)
    {
        var order = new int[_count];
        for (var i = 0; i < _count; i++) order[i] = i;
        var state = DerivedSeed.Of(_seed, RandomPurpose.DataOrder, epoch);
        for (var i = _count - 1; i > 0; i--)
        {
            state += 0x9E3779B97F4A7C15;
            var j = DerivedSeed.Below(DerivedSeed.Mix(state), i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }
        return order;
    }
}

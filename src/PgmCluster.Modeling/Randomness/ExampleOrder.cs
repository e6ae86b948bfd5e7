namespace PgmCluster.Modeling.Randomness;

/// <summary>
/// The order of training examples: another permutation each epoch, a pure function of (seed, epoch, position). The n-th example of the
/// whole run is known without those before it, whoever asks and how many share the run, so resuming needs no data position.
/// </summary>
public sealed class ExampleOrder
{
    private readonly long _seed;
    private readonly int _count;
    private long _epoch = -1;
    private KeyedPermutation _permutation;

    /// <param name="seed">The run's seed.</param>
    /// <param name="count">Examples in the data, at least 1.</param>
    public ExampleOrder(long seed, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        (_seed, _count) = (seed, count);
    }

    /// <summary>Index of the n-th example, n from 0 on over all epochs. Not for several threads at once.</summary>
    public int this[long n]
    {
        get
        {
            var (epoch, position) = Math.DivRem(n, _count);
            if (epoch != _epoch)
                (_epoch, _permutation) = (epoch, new KeyedPermutation(DerivedSeed.Of(_seed, RandomPurpose.DataOrder, epoch), _count));
            return _permutation[(int)position];
        }
    }
}

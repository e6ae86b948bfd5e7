using System.Numerics;

namespace PgmCluster.Modeling.Randomness;

/// <summary>
/// A permutation of 0 to n - 1 as a pure function of (key, n, index): nothing is listed, so any place of any epoch of any dataset costs the
/// same. An unbalanced Feistel network over pairs (Black and Rogaway, "Ciphers with arbitrary finite domains", 2002, method of the
/// generalized Feistel cipher): an index is a pair of digits of two bases whose product is at least n; a result beyond n goes through again
/// until it is within, which the slack between product and n, under 1/sqrt(n) of it, makes rare.
/// </summary>
public readonly struct KeyedPermutation
{
    /// <summary>Twice the four rounds after which such a network passes for random; small domains need more of them to mix.</summary>
    private const int Rounds = 8;

    private readonly ulong _key;
    private readonly uint _count, _left, _right;

    /// <param name="key">As good as random, such as of <see cref="DerivedSeed"/>.</param>
    /// <param name="count">n, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1.</exception>
    public KeyedPermutation(ulong key, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        (_key, _count) = (key, (uint)count);
        _left = (uint)Math.Ceiling(Math.Sqrt(count));
        _right = (_count + _left - 1) / _left;
    }

    /// <summary>n.</summary>
    public int Count => (int)_count;

    /// <summary>Where an index goes.</summary>
    /// <param name="index">0 to n - 1.</param>
    public int this[int index]
    {
        get
        {
            if ((uint)index >= _count)
                throw new ArgumentOutOfRangeException(nameof(index), index, $"The permutation is of 0 to {_count - 1}.");
            var value = (uint)index;
            do value = Through(value);
            while (value >= _count);
            return (int)value;
        }
    }

    private uint Through(uint value)
    {
        var (left, right) = Math.DivRem(value, _right);
        for (var round = 0; round < Rounds; round += 2)
        {
            left = (left + Keyed(round, right, _left)) % _left;
            right = (right + Keyed(round + 1, left, _right)) % _right;
        }
        return left * _right + right;
    }

    // The high half of a 128-bit product: uniform below the base but for 2^-32 of it.
    private uint Keyed(int round, uint digit, uint radix) =>
        (uint)Math.BigMul(
            DerivedSeed.Mix(_key ^ DerivedSeed.Mix(BitOperations.RotateLeft((ulong)digit, 32) + (ulong)round + 1)), radix, out _);
}

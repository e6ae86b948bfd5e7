namespace PgmCluster.Modeling.Randomness;

/// <summary>
/// Seeds as a pure function of what they are for: (seed, purpose, step, micro-batch, ...). No random state is ever carried along, so
/// nothing has to be saved, and who computes a micro-batch does not matter.
/// </summary>
public static class DerivedSeed
{
    private const ulong GoldenGamma = 0x9E3779B97F4A7C15;

    /// <summary>
    /// Hashes (SplitMix64's finalizer over each part in turn). The values are part of the run format: a change changes every result.
    /// </summary>
    public static ulong Of(long seed, RandomPurpose purpose, long a = 0, long b = 0)
    {
        var state = Mix((ulong)seed + GoldenGamma);
        state = Mix(state ^ ((ulong)purpose + GoldenGamma));
        state = Mix(state ^ ((ulong)a + GoldenGamma));
        return Mix(state ^ ((ulong)b + GoldenGamma));
    }

    /// <summary>
    /// A whole number below a count, of all bits of a hash: the high half of a 128-bit product has no modulo bias worth mentioning, and
    /// needs no division.
    /// </summary>
    public static int Below(ulong hash, int count) => (int)Math.BigMul(hash, (ulong)count, out _);

    /// <summary>SplitMix64's finalizer.</summary>
    public static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}

using System.Numerics;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Randomness;

/// <summary>
/// The words of SplittableRandom (Steele, Lea, Flood 2014): word i of a stream is SplitMix64's finalizer of key + (i + 1) gamma. A word is
/// a function of key and number alone, made of integer operations, so that every device computes the same bits: once with libtorch's
/// operators for any device, and once in C# for memory that the CPU sees, where a pass over the numbers is all it takes.
/// </summary>
/// <param name="Key">First number of the stream.</param>
/// <param name="Gamma">Odd; another one for every stream, so that streams share no run of words.</param>
internal readonly record struct RandomWords(ulong Key, ulong Gamma)
{
    private const ulong Multiplier1 = 0xBF58476D1CE4E5B9, Multiplier2 = 0x94D049BB133111EB;

    /// <summary>Words <paramref name="first"/> and on.</summary>
    public void Fill(Span<ulong> words, long first)
    {
        var (key, gamma) = (Key + ((ulong)first + 1) * Gamma, Gamma);
        var i = 0;
        if (Vector.IsHardwareAccelerated && words.Length >= Vector<ulong>.Count)
        {
            Span<ulong> start = stackalloc ulong[Vector<ulong>.Count];
            for (var lane = 0; lane < start.Length; lane++) start[lane] = key + (ulong)lane * gamma;
            var state = new Vector<ulong>(start);
            var step = new Vector<ulong>((ulong)Vector<ulong>.Count * gamma);
            var (one, two) = (new Vector<ulong>(Multiplier1), new Vector<ulong>(Multiplier2));
            for (; i <= words.Length - Vector<ulong>.Count; i += Vector<ulong>.Count)
            {
                var z = (state ^ (state >>> 30)) * one;
                z = (z ^ (z >>> 27)) * two;
                (z ^ (z >>> 31)).CopyTo(words[i..]);
                state += step;
            }
        }
        for (; i < words.Length; i++) words[i] = DerivedSeed.Mix(key + (ulong)i * gamma);
    }

    /// <summary>The same words by libtorch's operators.</summary>
    /// <param name="first">Number of the first.</param>
    /// <param name="count">How many.</param>
    /// <param name="device">Where.</param>
    /// <returns>I64 [count], each holding a word's bits.</returns>
    public Tensor OnDevice(long first, long count, Device device)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var z = arange(first + 1, first + 1 + count, dtype: int64, device: device).mul_((long)Gamma).add_((long)Key);
        z.bitwise_xor_(Shifted(z, 30)).mul_(unchecked((long)Multiplier1));
        z.bitwise_xor_(Shifted(z, 27)).mul_(unchecked((long)Multiplier2));
        return z.bitwise_xor_(Shifted(z, 31)).MoveToOuterDisposeScope();
    }

    /// <summary>z >>> bits; libtorch's own shift repeats the sign.</summary>
    public static Tensor Shifted(Tensor z, int bits)
    {
        using var scope = NewDisposeScope();
        Tensor Number(long value) => full([], value, dtype: int64, device: z.device);
        return z.bitwise_right_shift(Number(bits)).bitwise_and_(Number((long)(ulong.MaxValue >> bits))).MoveToOuterDisposeScope();
    }

    /// <summary>An odd multiplier with enough changes from bit to bit, as the paper's mixGamma.</summary>
    public static ulong GammaOf(ulong z)
    {
        z = (z ^ (z >> 33)) * 0xFF51AFD7ED558CCD;
        z = (z ^ (z >> 33)) * 0xC4CEB9FE1A85EC53;
        z = (z ^ (z >> 33)) | 1;
        return BitOperations.PopCount(z ^ (z >> 1)) < 24 ? z ^ 0xAAAAAAAAAAAAAAAA : z;
    }
}

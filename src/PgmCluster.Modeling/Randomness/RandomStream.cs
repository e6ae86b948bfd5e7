using System.Numerics;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Randomness;

/// <summary>
/// Random numbers as a pure function of what they are for, (seed, purpose, step, micro-batch, ...) with all 64 bits of each, and of how
/// many were drawn before: equal bits on every device, without a generator of libtorch's. Nothing of it needs saving. Not for several
/// threads at once.
/// </summary>
public sealed class RandomStream
{
    /// <summary>Words at a time on a CPU: what is made of them finds them in the first cache.</summary>
    private const int Block = 1024;
    private const int MasksPerWord = 4;
    private readonly RandomWords _words;
    private readonly ulong _key;
    private long _position;
    private bool _usesOperators;

    private RandomStream(ulong key)
    {
        _key = key;
        _words = new RandomWords(key, RandomWords.GammaOf(DerivedSeed.Mix(key ^ 0x6A09E667F3BCC909)));
    }

    /// <param name="seed">The run's or job's seed.</param>
    /// <param name="purpose">What the numbers are for.</param>
    /// <param name="a">First part of the key, such as the step.</param>
    /// <param name="b">Second part, such as the micro-batch.</param>
    public static RandomStream Of(long seed, RandomPurpose purpose, long a = 0, long b = 0) => new(DerivedSeed.Of(seed, purpose, a, b));

    /// <summary>Another stream, a function of this one's key and the number: the same whatever was drawn from this one.</summary>
    public RandomStream Fork(long index) => new(DerivedSeed.Mix(_key ^ DerivedSeed.Mix((ulong)index + 0x9E3779B97F4A7C15)));

    /// <summary>Uniform in [0, 1), 24 bits each.</summary>
    /// <returns>F32</returns>
    public Tensor Uniform(Device device, params long[] shape) => Draw(device, shape, 2, float32,
        (words, z) => ToUniform(words, z.Floats),
        words => Parts(words, 2, 32, 8, 24).to_type(float32).mul_(1f / (1 << 24)));

    /// <summary>The same numbers into memory of the caller's, without libtorch: for threads that make no tensors.</summary>
    /// <param name="numbers">Receives as many as it is long.</param>
    public void Uniform(Span<float> numbers)
    {
        var words = (numbers.Length + 1L) / 2;
        var first = _position;
        _position += words;
        Span<ulong> buffer = stackalloc ulong[Block];
        for (var at = 0L; at < words; at += Block)
        {
            var part = buffer[..(int)Math.Min(Block, words - at)];
            _words.Fill(part, first + at);
            var done = checked((int)(2 * at));
            ToUniform(part, numbers.Slice(done, Math.Min(2 * part.Length, numbers.Length - done)));
        }
    }

    /// <summary>Uniform in [0, 1), 53 bits each.</summary>
    /// <returns>F64</returns>
    public Tensor UniformDouble(Device device, params long[] shape) => Draw(device, shape, 1, float64,
        (words, z) =>
        {
            var result = z.Doubles;
            for (var i = 0; i < result.Length; i++) result[i] = (words[i] >> 11) * (1.0 / (1L << 53));
        },
        words => RandomWords.Shifted(words, 11).to_type(float64).mul_(1.0 / (1L << 53)));

    /// <summary>Standard normal, made on the CPU: logarithms and cosines differ in their last bits between devices.</summary>
    /// <returns>F32, on the CPU.</returns>
    public Tensor Normal(params long[] shape)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        // Box-Muller; 1 - u is never 0.
        var radius = (1 - UniformDouble(CPU, shape)).log().mul_(-2).sqrt_();
        var angle = UniformDouble(CPU, shape).mul_(2 * Math.PI);
        return radius.mul_(angle.cos()).to_type(float32).MoveToOuterDisposeScope();
    }

    /// <summary>A dropout mask: 0 with the probability (in steps of 2^-16), else 1/(1-p).</summary>
    /// <returns>F32</returns>
    public Tensor Mask(double probability, Device device, params long[] shape) =>
        ReserveMask(probability, Count(shape)).Part(device, 0, shape);

    /// <summary>
    /// Sets the numbers of a <see cref="Mask"/> aside, to be drawn in parts and as often as they are needed: as if it had been drawn now.
    /// </summary>
    /// <param name="probability">As in <see cref="Mask"/>.</param>
    /// <param name="count">Elements of the whole mask.</param>
    public ReservedMask ReserveMask(double probability, long count)
    {
        var first = _position;
        _position += Words(count, MasksPerWord);
        return new ReservedMask((device, from, shape) => MaskPart(first, probability, device, from, shape));
    }

    private Tensor MaskPart(long firstWord, double probability, Device device, long from, long[] shape)
    {
        var threshold = (int)Math.Round(probability * 65536);
        var scale = (float)(65536.0 / (65536 - threshold));
        return Make(firstWord + from / MasksPerWord, from % MasksPerWord, device, shape, MasksPerWord, float32,
            (words, z) => Keep(MemoryMarshal.Cast<ulong, ushort>(words), z.Floats, (ushort)threshold, scale),
            words => Parts(words, MasksPerWord, 16, 0, 16).ge(threshold).to_type(float32).mul_(scale));
    }

    private static void ToUniform(ReadOnlySpan<ulong> words, Span<float> result)
    {
        var numbers = MemoryMarshal.Cast<ulong, uint>(words);
        for (var i = 0; i < result.Length; i++) result[i] = (numbers[i] >> 8) * (1f / (1 << 24));
    }

    private delegate void Expand(ReadOnlySpan<ulong> words, Target target);

    private static long Count(long[] shape) => shape.Aggregate(1L, (a, b) => a * b);

    private static long Words(long count, int perWord) => (count + perWord - 1) / perWord;

    /// <summary>Makes the next numbers.</summary>
    private Tensor Draw(Device device, long[] shape, int perWord, ScalarType type, Expand managed, Func<Tensor, Tensor> operators)
    {
        var first = _position;
        _position += Words(Count(shape), perWord);
        return Make(first, 0, device, shape, perWord, type, managed, operators);
    }

    /// <summary>Through the managed implementation where the CPU sees the memory, else through libtorch's operators.</summary>
    /// <param name="first">Number of the first word.</param>
    /// <param name="skipped">Numbers of that word that are left out.</param>
    /// <param name="device">Where.</param>
    /// <param name="shape">Of the result.</param>
    /// <param name="perWord">Numbers made of a word.</param>
    /// <param name="type">Of the numbers.</param>
    /// <param name="managed">From words to memory.</param>
    /// <param name="operators">From words to numbers.</param>
    private Tensor Make(
        long first, long skipped, Device device, long[] shape, int perWord, ScalarType type, Expand managed, Func<Tensor, Tensor> operators)
    {
        var count = Count(shape);
        var words = Words(skipped + count, perWord);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        if (device.type != DeviceType.CPU || _usesOperators)
            return operators(_words.OnDevice(first, words, device)).flatten().narrow(0, skipped, count).view(shape)
                .MoveToOuterDisposeScope();
        var result = empty(skipped + count, dtype: type, device: device);
        var bytes = result.bytes;
        Span<ulong> buffer = stackalloc ulong[Block];
        var bytesPerNumber = type == float64 ? sizeof(double) : sizeof(float);
        for (var at = 0L; at < words; at += Block)
        {
            var part = buffer[..(int)Math.Min(Block, words - at)];
            _words.Fill(part, first + at);
            var offset = checked((int)(at * perWord * bytesPerNumber));
            managed(
                part, new Target(bytes.Slice(offset, (int)Math.Min((long)part.Length * perWord * bytesPerNumber, bytes.Length - offset))));
        }
        return result.narrow(0, skipped, count).view(shape).MoveToOuterDisposeScope();
    }

    /// <summary>The same stream, drawn by libtorch's operators on the CPU too; for the test that compares.</summary>
    internal RandomStream ByOperators(bool operators) => new(_key) { _usesOperators = operators };

    /// <summary>The parts of words in order, low bits first: [words] to [words, parts], each without its lowest bits.</summary>
    private static Tensor Parts(Tensor words, int parts, int width, int drop, int bits)
    {
        using var scope = NewDisposeScope();
        var mask = full([], (1L << bits) - 1, dtype: int64, device: words.device);
        var columns = Enumerable.Range(0, parts).Select(i =>
            words.bitwise_right_shift(full([], i * width + drop, dtype: int64, device: words.device)).bitwise_and_(mask)).ToArray();
        return stack(columns, -1).MoveToOuterDisposeScope();
    }

    private static void Keep(ReadOnlySpan<ushort> numbers, Span<float> mask, ushort threshold, float scale)
    {
        var i = 0;
        if (Vector.IsHardwareAccelerated)
        {
            var (limit, bits) = (new Vector<ushort>(threshold), new Vector<int>(BitConverter.SingleToInt32Bits(scale)));
            for (; i <= mask.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
            {
                // All ones where kept; widened with their sign they select the scale's bits.
                var kept = Vector.AsVectorInt16(Vector.GreaterThanOrEqual(new Vector<ushort>(numbers[i..]), limit));
                Vector.Widen(kept, out var low, out var high);
                Vector.AsVectorSingle(low & bits).CopyTo(mask[i..]);
                Vector.AsVectorSingle(high & bits).CopyTo(mask[(i + Vector<int>.Count)..]);
            }
        }
        for (; i < mask.Length; i++) mask[i] = numbers[i] >= threshold ? scale : 0;
    }

    /// <summary>The piece of the result that a block of words fills.</summary>
    private readonly ref struct Target(Span<byte> bytes)
    {
        private readonly Span<byte> _bytes = bytes;

        public Span<float> Floats => MemoryMarshal.Cast<byte, float>(_bytes);

        public Span<double> Doubles => MemoryMarshal.Cast<byte, double>(_bytes);
    }
}

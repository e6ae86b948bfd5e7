using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Kernels;

/// <summary>
/// Attention of a few queries to keys and values that lie in a cache: scores, softmax and weighted sum of a head at once, read where they
/// lie. libtorch's operators call a library for every head, which takes longer than to compute it. Four queries go together, so that
/// their scores for four keys fill a vector. Letters: B batch, T queries, S keys, h heads, d head width.
/// </summary>
internal static unsafe class CachedAttention
{
    /// <summary>
    /// Multiplications of an image (h T S d) up to which this is used. It is faster than libtorch at any size on one thread, but has one
    /// only; so large an image may be spread over several. What other images there are decides nothing.
    /// </summary>
    private const long Largest = 1 << 22;

    /// <summary>Keys whose scores are small enough for the stack.</summary>
    private const long MostKeys = 1 << 11;

    private const int Lanes = VectorKernels.Lanes, Together = 4;

    /// <summary>softmax(q k^T / sqrt(d)) v in inference; null where it is for libtorch to compute.</summary>
    /// <param name="queries">F32 [B, T, h, d], each head's numbers side by side.</param>
    /// <param name="cache">F32 [B or more, heads, S or more, d]: the first images and positions are read.</param>
    /// <param name="keys">Head of the cache with which the keys begin.</param>
    /// <param name="values">The same of the values.</param>
    /// <param name="known">S</param>
    /// <returns>F32 [B, T, h * d]</returns>
    public static Tensor? Of(Tensor queries, Tensor cache, long keys, long values, long known)
    {
        if (!VectorKernels.ServeInference(cache) || !VectorKernels.ServeStrided(queries)) return null;
        var (batch, count, heads, width) = (queries.size(0), queries.size(1), queries.size(2), queries.size(3));
        var (keptHeads, capacity) = (cache.size(1), cache.size(2));
        if (width % Lanes != 0 || known is 0 or > MostKeys || heads * count * known * width > Largest) return null;
        // Addresses know no bounds: what does not fit is for libtorch to compute or to refuse.
        if (width != cache.size(3) || known > capacity || Math.Max(keys, values) + heads > keptHeads || batch > cache.size(0)) return null;
        if (queries.stride(3) != 1 || queries.stride(2) != width) return null;
        var attended = empty([batch, count, heads * width], dtype: ScalarType.Float32, device: CPU);
        float* q = VectorKernels.Address(queries), of = VectorKernels.Address(cache), to = VectorKernels.Address(attended);
        var (qImage, qRow, head) = (queries.stride(0), queries.stride(1), capacity * width);
        var scores = stackalloc float[Together * (int)(known + 2 * Together)];
        // Vectors within lines of the cache.
        scores = (float*)(((nuint)scores + 63) & ~(nuint)63);
        for (var b = 0L; b < batch; b++, q += qImage, of += keptHeads * head, to += count * heads * width)
        {
            for (var h = 0L; h < heads; h++)
            {
                for (var t = 0L; t < count; t += Together)
                    Attend(
                        q + t * qRow + h * width, qRow, of + (keys + h) * head, of + (values + h) * head, to + (t * heads + h) * width,
                        heads * width, (int)Math.Min(Together, count - t), (int)known, (int)width, head, scores);
            }
        }
        GC.KeepAlive(queries);
        GC.KeepAlive(cache);
        return attended;
    }

    /// <summary>Of up to four queries of a head.</summary>
    private static void Attend(
        float* q, long qRow, float* k, float* v, float* to, long toRow, int count, int known, int width, long next, float* scores)
    {
        // Keys and values of many images lie outside the caches near the core: what comes next is fetched meanwhile.
        Fetch(v, known * width);
        // What lacks of four is the last again: it is computed and not written.
        float* q1 = q + Math.Min(1, count - 1) * qRow, q2 = q + Math.Min(2, count - 1) * qRow, q3 = q + Math.Min(3, count - 1) * qRow;
        var most = Score(q, q1, q2, q3, k, known, width, scores);
        Fetch(k + next, known * width);
        var weights = Exponentials(scores, known, most, 1 / MathF.Sqrt(width));
        var column = 0;
        for (; column + 2 * Lanes <= width; column += 2 * Lanes)
            TwoColumns(v + column, to + column, toRow, count, known, width, scores, weights);
        if (column < width) OneColumn(v + column, to + column, toRow, count, known, width, scores, weights);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(float* from, int count)
    {
        for (var i = 0; i < count; i += Lanes) Sse.Prefetch0(from + i);
    }

    /// <summary>Writes the products of four queries with each key side by side; up to a whole vector they are minus infinity.</summary>
    /// <returns>The largest of every fourth.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Vector512<float> Score(float* q0, float* q1, float* q2, float* q3, float* k, int known, int width, float* scores)
    {
        var none = Vector128.Create(float.NegativeInfinity);
        var most = Vector512.Create(float.NegativeInfinity);
        for (var s = 0; s < known; s += Together, k += Together * width, scores += Lanes)
        {
            var left = known - s;
            var (first, second) = TwoKeys(q0, q1, q2, q3, k, left > 1 ? k + width : k, width);
            var (third, fourth) = (none, none);
            if (left > 2) (third, fourth) = TwoKeys(q0, q1, q2, q3, k + 2 * width, k + (left > 3 ? 3 : 2) * width, width);
            // Written as they are read, whole vectors: a processor waits where it reads one that was written in parts.
            var products = Vector512.Create(
                Vector256.Create(first, left > 1 ? second : none), Vector256.Create(third, left > 3 ? fourth : none));
            most = Vector512.Max(most, products);
            products.Store(scores);
        }
        return most;
    }

    /// <summary>Products of four queries with each of two keys.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector128<float> First, Vector128<float> Second) TwoKeys(
        float* q0, float* q1, float* q2, float* q3, float* first, float* second, int width)
    {
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        for (var i = 0; i < width; i += Lanes)
        {
            Vector512<float> a = Vector512.Load(first + i), b = Vector512.Load(second + i), row = Vector512.Load(q0 + i);
            (a0, b0) = (Vector512.FusedMultiplyAdd(row, a, a0), Vector512.FusedMultiplyAdd(row, b, b0));
            row = Vector512.Load(q1 + i);
            (a1, b1) = (Vector512.FusedMultiplyAdd(row, a, a1), Vector512.FusedMultiplyAdd(row, b, b1));
            row = Vector512.Load(q2 + i);
            (a2, b2) = (Vector512.FusedMultiplyAdd(row, a, a2), Vector512.FusedMultiplyAdd(row, b, b2));
            row = Vector512.Load(q3 + i);
            (a3, b3) = (Vector512.FusedMultiplyAdd(row, a, a3), Vector512.FusedMultiplyAdd(row, b, b3));
        }
        return (VectorKernels.Sums(a0, a1, a2, a3), VectorKernels.Sums(b0, b1, b2, b3));
    }

    /// <summary>Makes exponentials of the scores.</summary>
    /// <returns>One over the sum of each query's exponentials.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Vector128<float> Exponentials(float* scores, int known, Vector512<float> most, float scale)
    {
        var half = Vector256.Max(most.GetLower(), most.GetUpper());
        var largest = Vector128.Max(half.GetLower(), half.GetUpper());
        half = Vector256.Create(largest, largest);
        most = Vector512.Create(half, half);
        var (sum, factor) = (Vector512<float>.Zero, Vector512.Create(scale));
        for (var s = 0; s < known; s += Together, scores += Lanes)
        {
            var e = VectorKernels.Exp((Vector512.Load(scores) - most) * factor);
            e.Store(scores);
            sum += e;
        }
        half = sum.GetLower() + sum.GetUpper();
        return Vector128<float>.One / (half.GetLower() + half.GetUpper());
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TwoColumns(
        float* v, float* to, long toRow, int count, int known, int width, float* weights, Vector128<float> factors)
    {
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        for (var s = 0; s < known; s++, v += width, weights += Together)
        {
            Vector512<float> first = Vector512.Load(v), second = Vector512.Load(v + Lanes), weight = Vector512.Create(weights[0]);
            (a0, b0) = (Vector512.FusedMultiplyAdd(weight, first, a0), Vector512.FusedMultiplyAdd(weight, second, b0));
            weight = Vector512.Create(weights[1]);
            (a1, b1) = (Vector512.FusedMultiplyAdd(weight, first, a1), Vector512.FusedMultiplyAdd(weight, second, b1));
            weight = Vector512.Create(weights[2]);
            (a2, b2) = (Vector512.FusedMultiplyAdd(weight, first, a2), Vector512.FusedMultiplyAdd(weight, second, b2));
            weight = Vector512.Create(weights[3]);
            (a3, b3) = (Vector512.FusedMultiplyAdd(weight, first, a3), Vector512.FusedMultiplyAdd(weight, second, b3));
        }
        Write(a0, a1, a2, a3, to, toRow, count, factors);
        Write(b0, b1, b2, b3, to + Lanes, toRow, count, factors);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneColumn(
        float* v, float* to, long toRow, int count, int known, int width, float* weights, Vector128<float> factors)
    {
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
        for (var s = 0; s < known; s++, v += width, weights += Together)
        {
            var values = Vector512.Load(v);
            (a0, a1) = (Vector512.FusedMultiplyAdd(Vector512.Create(weights[0]), values, a0),
                Vector512.FusedMultiplyAdd(Vector512.Create(weights[1]), values, a1));
            (a2, a3) = (Vector512.FusedMultiplyAdd(Vector512.Create(weights[2]), values, a2),
                Vector512.FusedMultiplyAdd(Vector512.Create(weights[3]), values, a3));
        }
        Write(a0, a1, a2, a3, to, toRow, count, factors);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write(
        Vector512<float> a0, Vector512<float> a1, Vector512<float> a2, Vector512<float> a3, float* to, long toRow, int count,
        Vector128<float> factors)
    {
        (a0 * factors[0]).Store(to);
        if (count > 1) (a1 * factors[1]).Store(to + toRow);
        if (count > 2) (a2 * factors[2]).Store(to + 2 * toRow);
        if (count > 3) (a3 * factors[3]).Store(to + 3 * toRow);
    }
}

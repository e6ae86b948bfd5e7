using System.Runtime.Intrinsics.X86;
using PgmCluster.Modeling.Attention;
using PgmCluster.Modeling.Kernels;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Tests.Golden;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Kernels;

/// <summary>Against libtorch's attention in float64.</summary>
public class CachedAttentionTests
{
    private const int Batch = 3, Heads = 2, Capacity = 60;

    /// <summary>Fewer and more queries than go together, keys that fill no vector, heads of one vector, of two, and of three.</summary>
    [Theory]
    [InlineData(1, 1, 16)]
    [InlineData(2, 2, 32)]
    [InlineData(3, 5, 48)]
    [InlineData(4, 7, 64)]
    [InlineData(5, 16, 32)]
    [InlineData(9, 59, 32)]
    [InlineData(12, 60, 80)]
    [InlineData(0, 4, 32)]
    public void Of_AnySizes_IsLibtorchsAttention(int queries, int known, int width)
    {
        OwnKernels.SkipWithoutAvx512();
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        var draws = RandomStream.Of(1, RandomPurpose.Sampling);
        var cache = draws.Normal(Batch, 5 * Heads, Capacity, width);
        // A part of a larger product, as a block's queries are.
        var q = draws.Normal(Batch, queries, 3 * Heads, width).narrow(2, Heads, Heads) * 3;
        Check(q, cache, known);
        Check(draws.Normal(Batch, queries, 3 * Heads, width).narrow(2, 0, Heads), cache, known);
        // The same queries for all images.
        Check(draws.Normal(1, queries, Heads, width).expand(Batch, -1, -1, -1), cache, known);
        // The first images of the cache alone.
        Check(q.narrow(0, 0, 1), cache, known);
    }

    /// <summary>Large scores overflow nothing, and what is not a number stays so: a model that went bad must be seen to.</summary>
    [Fact]
    public void Of_LargeScoresOrNoNumbers_AreLibtorchs()
    {
        OwnKernels.SkipWithoutAvx512();
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        var draws = RandomStream.Of(2, RandomPurpose.Sampling);
        var (q, cache) = (draws.Normal(Batch, 3, Heads, 32) * 200, draws.Normal(Batch, 5 * Heads, Capacity, 32));
        Check(q, cache, 11);
        Check(-q, cache, 11);
        q[1, 1, 1, 5] = float.NaN;
        Assert.Equal(32, CachedAttention.Of(q, cache, Heads, 3 * Heads, 11)!.isnan().sum().item<long>());
    }

    /// <summary>An image has the same bits alone as among others, and a query beside any others.</summary>
    [Fact]
    public void Of_ImagesAndQueriesAlone_HaveTheSameBits()
    {
        OwnKernels.SkipWithoutAvx512();
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        var draws = RandomStream.Of(3, RandomPurpose.Sampling);
        var (q, cache) = (draws.Normal(Batch, 6, Heads, 32), draws.Normal(Batch, 5 * Heads, Capacity, 32));
        var all = CachedAttention.Of(q, cache, Heads, 3 * Heads, 21)!;
        for (var i = 0; i < Batch; i++)
        {
            var alone = CachedAttention.Of(q.narrow(0, i, 1), cache.narrow(0, i, 1), Heads, 3 * Heads, 21)!;
            GoldenFiles.Equal(all.narrow(0, i, 1), alone, "an image");
        }
        for (var t = 0; t < 6; t++)
            GoldenFiles.Equal(all.narrow(1, t, 1), CachedAttention.Of(q.narrow(1, t, 1), cache, Heads, 3 * Heads, 21)!, "a query");
    }

    /// <summary>Training's attention, heads that are no whole vectors, large ones and what is not there are libtorch's.</summary>
    [Fact]
    public void Of_TrainingOrOtherSizes_IsLeftToLibtorch()
    {
        using var scope = NewDisposeScope();
        Tensor? Of(long queries, long width, long known, long keys = 0, long heads = 2) => CachedAttention.Of(
            zeros(1, queries, heads, width), zeros(1, 4, 300, width), keys, 2, known);
        Assert.Null(Of(3, 32, 5));
        using (no_grad()) Assert.Null(Of(3, 32, 5));
        using var _ = inference_mode();
        Assert.Equal(Avx512F.IsSupported, Of(3, 32, 5) is not null);
        Assert.Null(Of(3, 24, 5));
        Assert.Null(Of(3, 32, 0));
        Assert.Null(Of(3, 32, 301));
        Assert.Null(Of(3, 32, 5, keys: 3));
        Assert.Null(Of(3, 32, 5, heads: 3));
        Assert.Null(Of(1000, 32, 300));
        Assert.Null(CachedAttention.Of(zeros(2, 3, 2, 32), zeros(1, 4, 300, 32), 0, 2, 5));
        Assert.Null(CachedAttention.Of(zeros(1, 2, 3, 32).transpose(1, 2), zeros(1, 4, 300, 32), 0, 2, 5));
        Assert.Null(CachedAttention.Of(zeros(1, 3, 2, 32, dtype: bfloat16), zeros(1, 4, 300, 32), 0, 2, 5));
    }

    /// <summary>A cache attends to what was appended in parts, whichever way it is computed.</summary>
    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(32)]
    public void Attend_AfterPartsWereAppended_SeesAllOfThem(int width)
    {
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        var draws = RandomStream.Of(4, RandomPurpose.Sampling);
        using var cache = new KeyValueCache(Batch, Heads, 20, width, ScalarType.Float32, CPU, (0, Heads), (3 * Heads, 2 * Heads));
        var parts = new List<Tensor>();
        foreach (var count in new[] { 3, 1, 5 })
        {
            // Two products, the first a part of a larger one.
            var first = draws.Normal(Batch, count, 5 * Heads, width).narrow(2, Heads, Heads);
            var second = draws.Normal(Batch, count, 3 * Heads, width);
            cache.Append(first, second);
            parts.Add(cat([first, second], 2));
        }
        Assert.Equal(9, cache.Length);
        var (all, q) = (cat(parts, 1).transpose(1, 2), draws.Normal(Batch, 4, Heads, width));
        GoldenFiles.Close(Expected(q, all.narrow(1, 0, Heads), all.narrow(1, Heads, Heads)), cache.Attend(q, 0), 1e-6, 1e-6);
        GoldenFiles.Close(Expected(q, all.narrow(1, 3 * Heads, Heads), all.narrow(1, 2 * Heads, Heads)), cache.Attend(q, 1), 1e-6, 1e-6);
    }

    private static void Check(Tensor q, Tensor cache, int known)
    {
        Tensor Part(long head) => cache.narrow(0, 0, q.shape[0]).narrow(1, head, Heads).narrow(2, 0, known);
        var attended = CachedAttention.Of(q, cache, Heads, 3 * Heads, known)!;
        if (q.shape[1] == 0) Assert.Equal([q.shape[0], 0, Heads * q.shape[3]], attended.shape);
        else GoldenFiles.Close(Expected(q, Part(Heads), Part(3 * Heads)), attended, 2e-6, 2e-6);
    }

    /// <param name="q">[B, T, h, d]</param>
    /// <param name="k">[B, h, S, d]</param>
    /// <param name="v">[B, h, S, d]</param>
    private static Tensor Expected(Tensor q, Tensor k, Tensor v)
    {
        var scores = q.transpose(1, 2).to_type(float64).matmul(k.to_type(float64).transpose(2, 3)) / Math.Sqrt(q.shape[3]);
        return scores.softmax(-1).matmul(v.to_type(float64)).transpose(1, 2).flatten(2);
    }
}

using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Tests.Golden;
using PgmCluster.TestSupport;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Randomness;

public class RandomStreamTests
{
    /// <summary>SplitMix64's published numbers for seed 1234567.</summary>
    private static readonly ulong[] Published = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431,
        16408922859458223821];

    private const ulong GoldenGamma = 0x9E3779B97F4A7C15;

    [Fact]
    public void Words_KnownSeed_AreThePublishedOnesInBothImplementations()
    {
        using var scope = NewDisposeScope();
        var words = new RandomWords(1234567, GoldenGamma);
        var managed = new ulong[Published.Length];
        words.Fill(managed, 0);
        Assert.Equal(Published, managed);
        Assert.Equal(Published, words.OnDevice(0, Published.Length, CPU).data<long>().Select(w => (ulong)w));
    }

    /// <summary>
    /// What another device computes by libtorch's operators, the CPU computes in C#: same bits for every kind of draw, however many.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    [InlineData(10_001)]
    public void Draws_ByOperators_AreTheManagedOnesToTheBit(int count)
    {
        using var scope = NewDisposeScope();
        IEnumerable<Tensor> Draws(bool operators)
        {
            var stream = RandomStream.Of(5, RandomPurpose.MicroBatch, 3, 2).Fork(9).ByOperators(operators);
            yield return stream.Uniform(CPU, count);
            yield return stream.UniformDouble(CPU, count, 2);
            yield return stream.Mask(0.1, CPU, count, 3);
            yield return stream.Uniform(CPU, 3, count);
        }
        foreach (var (managed, operators) in Draws(false).Zip(Draws(true))) GoldenFiles.Equal(managed, operators, "draws");
    }

    /// <summary>
    /// Parts of a mask that was set aside are those of the mask drawn at once, wherever they begin, and take no numbers from what is drawn
    /// later.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ReservedMask_Parts_AreThoseOfTheWhole(bool operators)
    {
        using var scope = NewDisposeScope();
        RandomStream Begin() => RandomStream.Of(5, RandomPurpose.MicroBatch).ByOperators(operators);
        var (whole, parts) = (Begin(), Begin());
        whole.Uniform(CPU, 3);
        parts.Uniform(CPU, 3);
        var mask = whole.Mask(0.3, CPU, 10_007);
        var reserved = parts.ReserveMask(0.3, 10_007);
        GoldenFiles.Equal(whole.Uniform(CPU, 5), parts.Uniform(CPU, 5), "what comes next");
        foreach (var (first, count) in new[] { (0, 10_007), (1, 4), (4, 1), (4095, 5000), (9_999, 8), (0, 1) })
            GoldenFiles.Equal(mask.narrow(0, first, count), reserved.Part(CPU, first, count), $"{count} from {first}");
    }

    /// <summary>
    /// libtorch's CPU generator takes the low 32 bits of a seed: steps whose derived seeds share these had the same masks.
    /// </summary>
    [Fact]
    public void Masks_StepsWhoseSeedsShareTheirLowHalf_Differ()
    {
        using var scope = NewDisposeScope();
        var seen = new Dictionary<uint, long>();
        for (var step = 0L; ; step++)
        {
            var low = (uint)DerivedSeed.Of(7, RandomPurpose.MicroBatch, step, 0);
            if (!seen.TryGetValue(low, out var earlier))
            {
                seen[low] = step;
                continue;
            }
            var (a, b) = (RandomStream.Of(7, RandomPurpose.MicroBatch, earlier), RandomStream.Of(7, RandomPurpose.MicroBatch, step));
            Assert.True(a.Mask(0.5, CPU, 256).ne(b.Mask(0.5, CPU, 256)).any().item<bool>());
            return;
        }
    }

    [Fact]
    public void Draws_Many_HaveTheirDistribution()
    {
        using var scope = NewDisposeScope();
        var stream = RandomStream.Of(1, RandomPurpose.Sampling);
        const int n = 1 << 18;
        var (uniform, wide, normal, mask) = (stream.Uniform(CPU, n), stream.UniformDouble(CPU, n), stream.Normal(n),
            stream.Mask(0.1, CPU, n));
        Assert.All(new[] { uniform, wide }, u => Assert.True(u.ge(0).all().item<bool>() && u.lt(1).all().item<bool>()));
        double Mean(Tensor x) => x.to_type(float64).mean().item<double>();
        Assert.Equal(0.5, Mean(uniform), 5e-3);
        Assert.Equal(1 / 3.0, Mean(wide.square()), 5e-3);
        Assert.Equal(0, Mean(normal), 1e-2);
        Assert.Equal(1, Mean(normal.square()), 2e-2);
        Assert.Equal(1, Mean(mask), 5e-3);
        Assert.Equal(0.1, Mean(mask.eq(0)), 5e-3);
    }

    [Fact]
    public void Fork_WhateverWasDrawnBefore_IsTheSame()
    {
        using var scope = NewDisposeScope();
        var (fresh, used) = (RandomStream.Of(1, RandomPurpose.Preview), RandomStream.Of(1, RandomPurpose.Preview));
        used.Uniform(CPU, 100);
        GoldenFiles.Equal(fresh.Fork(3).Uniform(CPU, 10), used.Fork(3).Uniform(CPU, 10), "fork");
        Assert.True(fresh.Fork(3).Uniform(CPU, 10).ne(fresh.Fork(4).Uniform(CPU, 10)).any().item<bool>());
    }
}

using PgmCluster.Contracts.Devices;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;
using PgmCluster.Grains.Tokenization;

namespace PgmCluster.Grains.Tests.Tokenization;

/// <summary>What is known of a tokenization from its tokenizer's run alone.</summary>
public class TokenizerShapeTests
{
    private static readonly DeviceInfo Cpu = new() { Worker = "a/cpu:0", SiloName = "a", Device = "cpu:0", Incarnation = "1" };
    private static readonly DeviceInfo Gpu = Cpu with { Device = "cuda:0", MemoryBytes = 80L << 30 };

    [Theory]
    [InlineData("vq-8", 1024)]
    [InlineData("vq-16", 256)]
    public void BytesOf_ImageNet_AreTwoForEachCodeAndFourForEachLabel(string preset, int codes) =>
        Assert.Equal(1_281_167L * (2 * codes + 4), Shape(preset).BytesOf(1_281_167));

    [Fact]
    public void BatchSize_LargeImages_IsWhatTheSmallestDeviceHasMemoryFor()
    {
        var shape = Shape("vq-8");
        // 128 x 256 x 256 float32 are 33.5 MB, five of them 168 MB: a dozen in 2 GiB, more than a hundred in 40.
        Assert.Equal(12, shape.BatchSize(100, 1, [Gpu, Cpu]));
        Assert.Equal(24, shape.BatchSize(100, 2, [Cpu]));
        Assert.Equal(100, shape.BatchSize(100, 1, [Gpu]));
        Assert.Equal(100, shape.BatchSize(100, 1, []));
        Assert.Equal(100, Shape("tokenizer-smoke").BatchSize(100, 1, [Cpu]));
    }

    [Fact]
    public void Of_RunThatSaysNothing_IsNull()
    {
        Assert.Null(TokenizerShape.Of("{}"));
        Assert.Null(TokenizerShape.Of("{\"data\":1}"));
    }

    [Fact]
    public void Cuts_EndWhereShardsEnd_AndLargerShardsAreCutAgain()
    {
        Assert.Equal([4, 5, 8], ShardCuts.Of([5, 3, 4], start: 0, count: 8, most: 4));
        Assert.Equal([3, 7], ShardCuts.Of([5, 0, 3, 4], start: 5, count: 7, most: 100));
        Assert.Equal([], ShardCuts.Of([5], start: 0, count: 0, most: 4));
    }

    private static TokenizerShape Shape(string preset) =>
        TokenizerShape.Of(new SpecificationResolver().Resolve(preset, new Dictionary<string, string>(), 0, new DataFacts()).Json)!;
}

using PgmCluster.Modeling.BlockCausal;
using PgmCluster.Modeling.MaskGit;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Sampling;

/// <summary>What samplers cost, counted: how much less a model computes that encodes each token once.</summary>
public class SamplerOperationsTests
{
    [Theory]
    [InlineData(7, 128, 4, 2, 256, 16, 17.7, 4.15)]
    [InlineData(32, 1024, 16, 12, 16384, 32, 35.1, 7.25)]
    public void Operations_EncodingOnce_AreAsManyTimesFewerAsIsClaimed(
        int side, int hidden, int heads, int blocks, int codebook, int steps, double maskGit, double pgm)
    {
        // Without memory: shapes are all that is counted.
        var device = new Device(DeviceType.META);
        var settings = new PartitionTransformerSettings
        {
            Codebook = codebook,
            Tokens = side * side,
            Classes = 10,
            Hidden = hidden,
            Heads = heads,
            EncoderBlocks = blocks,
            DecoderBlocks = blocks,
        };
        using var ofPgm = new PartitionTransformer(settings, seed: null, device);
        using var ofOnce = new PartitionTransformer(settings with { BlockCausal = true }, seed: null, device);
        using var ofMaskGit = new MaskGitTransformer(
            new MaskGitSettings
            {
                Codebook = codebook,
                Height = side,
                Width = side,
                Classes = 10,
                Hidden = hidden,
                Heads = heads,
                Depth = 2 * blocks,
            }, seed: null, device);
        double Operations(ITokenModel model) =>
            new TokenSampler(model, new TokenSamplerSettings { Steps = steps, Guidance = 0 }, side, side).Operations();

        var once = Operations(new CachedTokenModel(ofOnce));

        Assert.Equal(maskGit, Operations(new MaskGitTokenModel(ofMaskGit)) / once, 0.05);
        Assert.Equal(pgm, Operations(new PartitionTokenModel(ofPgm)) / once, 0.05);
    }

    /// <summary>What is known serves both passes: it is taken in twice also for a step whose weight is 0, and asked there once.</summary>
    [Fact]
    public void Operations_Guided_CountTheSecondPassWhereItRuns()
    {
        using var transformer = new PartitionTransformer(
            SmallModels.Shallow with { BlockCausal = true }, seed: null, new Device(DeviceType.META));
        var model = new CachedTokenModel(transformer);
        double Operations(double guidance, GuidanceSchedule schedule) => new TokenSampler(
            model, new TokenSamplerSettings { Steps = 4, Guidance = guidance, GuidanceSchedule = schedule }, 4, 4).Operations();

        var once = Operations(0, GuidanceSchedule.Constant);
        Assert.Equal(2 * once, Operations(1, GuidanceSchedule.Constant), 1e-6 * once);
        Assert.Equal(
            2 * once - model.Operations(0, RevealSchedule.Halton(4, 16)[0]), Operations(1, GuidanceSchedule.Linear), 1e-6 * once);
    }

    /// <summary>51,200 numbers a token at the published size (12 + 1 + 12 layers, keys and values), registers and bos included.</summary>
    [Theory]
    [InlineData(false, 4)]
    [InlineData(true, 4)]
    [InlineData(true, 2)]
    public void KeptBytes_PublishedSize_AreKeysAndValuesOfAllLayers(bool guided, int bytes)
    {
        using var transformer = new PartitionTransformer(
            new PartitionTransformerSettings { Codebook = 16, Tokens = 1024, Classes = 2, BlockCausal = true }, seed: null,
            new Device(DeviceType.META));
        if (bytes == 2) transformer.ComputeType = ScalarType.BFloat16;
        Assert.Equal(51_200L * 1027 * bytes * (guided ? 2 : 1), new CachedTokenModel(transformer).KeptBytes(guided));
    }

    /// <summary>Eleven layers' keys and values fewer: 28,672 numbers a token are kept, and as many products are not made.</summary>
    [Fact]
    public void SharedCrossKeyValues_PublishedSize_AreKeptAndCountedOnce()
    {
        var settings = new PartitionTransformerSettings { Codebook = 16, Tokens = 1024, Classes = 2 };
        PartitionTransformer Create(string crossKeyValues, bool blockCausal) => new(
            settings with { CrossKeyValues = crossKeyValues, BlockCausal = blockCausal }, seed: null, new Device(DeviceType.META));
        const double Spared = 11 * 4 * 1024.0 * 1024;
        using var own = Create("own", blockCausal: true);
        using var shared = Create("shared", blockCausal: true);
        var (ofOwn, ofShared) = (new CachedTokenModel(own), new CachedTokenModel(shared));

        Assert.Equal(28_672L * 1027 * 4, ofShared.KeptBytes(guided: false));
        Assert.Equal(3 * Spared, ofOwn.BeginOperations - ofShared.BeginOperations);
        Assert.Equal(10 * Spared, ofOwn.ExtendOperations(40, 10) - ofShared.ExtendOperations(40, 10));
        Assert.Equal(ofOwn.Operations(50, 10), ofShared.Operations(50, 10));

        using var pgm = Create("own", blockCausal: false);
        using var sharedPgm = Create("shared", blockCausal: false);
        Assert.Equal(
            52 * Spared, new PartitionTokenModel(pgm).Operations(50, 10) - new PartitionTokenModel(sharedPgm).Operations(50, 10));
    }
}

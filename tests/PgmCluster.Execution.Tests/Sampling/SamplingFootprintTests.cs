using PgmCluster.Execution.Footprints;

namespace PgmCluster.Execution.Tests.Sampling;

public class SamplingFootprintTests
{
    private const long Gigabyte = 1L << 30;

    /// <summary>How many images are drawn at a time decides last bits: where there is memory, the device does not decide it.</summary>
    [Fact]
    public void AtATime_OfLargeImages_IsTheSameWhereverThereIsMemory()
    {
        var atATime = new[] { 4, 8, 70 }.Select(available => new SamplingFootprint(Gigabyte / 4, 100, available * Gigabyte)).ToArray();

        Assert.All(atATime, footprint => Assert.Equal((16, false), (footprint.AtATime, footprint.IsShort)));
        Assert.Equal(4 * Gigabyte, atATime[0].Bytes);
    }

    [Fact]
    public void AtATime_OfADeviceWithLess_IsWhatFitsAndSaid()
    {
        var footprint = new SamplingFootprint(Gigabyte / 4, 100, Gigabyte);
        Assert.Equal((4, true), (footprint.AtATime, footprint.IsShort));
        Assert.Equal((1, true), (footprint with { AvailableBytes = 1 }) is var least ? (least.AtATime, least.IsShort) : default);
    }

    [Fact]
    public void AtATime_OfModelsThatKeepNothing_IsTheBatch() =>
        Assert.Equal((100, false), new SamplingFootprint(0, 100, 0) is var none ? (none.AtATime, none.IsShort) : default);
}

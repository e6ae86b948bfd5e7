namespace PgmCluster.Data.Tests;

public class SegmentsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(17)]
    [InlineData(16_384)]
    [InlineData(16_385)]
    [InlineData(50_000)]
    public void Add_SoMany_AreThereInOrder(int count)
    {
        var segments = new Segments<int>();
        for (var i = 0; i < count; i++) segments.Add(i * 3);

        Assert.Equal(count, segments.Count);
        Assert.Equal(Enumerable.Range(0, count).Select(i => i * 3), segments);
        if (count > 0) Assert.Equal((count - 1) * 3, segments[count - 1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => segments[count]);
        Assert.Throws<ArgumentOutOfRangeException>(() => segments[-1]);
    }
}

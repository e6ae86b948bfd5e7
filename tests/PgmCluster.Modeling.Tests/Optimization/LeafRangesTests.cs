using PgmCluster.Modeling.Optimization;

namespace PgmCluster.Modeling.Tests.Optimization;

public class LeafRangesTests
{
    /// <summary>As deploy/docs/exactness.md says.</summary>
    [Theory]
    [InlineData(1, 0)]
    [InlineData(16, 1.7)]
    [InlineData(64, 3)]
    [InlineData(1024, 6.1)]
    public void ReceivedAtMost_OfTheWorstGang_IsWhatThePageSays(int microBatches, double gradients) =>
        Assert.Equal(gradients, LeafRanges.ReceivedAtMost(microBatches), 0.05);
}

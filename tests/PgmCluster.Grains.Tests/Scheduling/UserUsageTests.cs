using PgmCluster.Grains.Scheduling.Rows;

namespace PgmCluster.Grains.Tests.Scheduling;

public class UserUsageTests
{
    [Fact]
    public void At_OneHalfLifeLater_IsHalf()
    {
        var usage = new UserUsage { User = "ann", Seconds = 100, AsOf = SimulatedCluster.Epoch };
        Assert.Equal(50, usage.At(SimulatedCluster.Epoch + UserUsage.HalfLife), 6);
    }

    [Fact]
    public void Of_LeaseInTwoPieces_IsTheSameAsInOne()
    {
        var (first, second) = (TimeSpan.FromMinutes(7), TimeSpan.FromMinutes(12));
        var ended = new UserUsage { User = "ann", Seconds = UserUsage.Of(first), AsOf = SimulatedCluster.Epoch };
        Assert.Equal(UserUsage.Of(first + second), ended.At(SimulatedCluster.Epoch + second) + UserUsage.Of(second), 6);
        Assert.InRange(UserUsage.Of(TimeSpan.FromSeconds(10)), 9.9, 10);
    }
}

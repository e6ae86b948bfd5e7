using PgmCluster.Grains.Jobs.Units.Kept;

namespace PgmCluster.Grains.Tests.Jobs.Units;

public class KnownResultsTests
{
    [Fact]
    public void Take_MoreThanThereIsRoomFor_IsToBeAskedFor()
    {
        var known = new KnownResults(new ResultRoom(10));
        known.Take(0, "12345");
        known.Take(1, "123456");
        known.Take(2, "12345");

        Assert.Equal(["12345", null, "12345"], Enumerable.Range(0, 3).Select(known.Of));

        // What takes the place of another counts once.
        known.Take(0, "1234");
        known.Take(1, "1");
        Assert.Equal(["1234", "1", "12345"], Enumerable.Range(0, 3).Select(known.Of));
        known.Clear();
        known.Take(1, "1234567890");
        Assert.Equal([null, "1234567890", null], Enumerable.Range(0, 3).Select(known.Of));
    }

    [Fact]
    public void Take_AnotherJobHasTheRoom_IsToBeAskedForUntilThatIsDone()
    {
        var room = new ResultRoom(10);
        var (one, other) = (new KnownResults(room), new KnownResults(room));
        one.Take(0, "12345678");
        other.Take(0, "123");
        Assert.Null(other.Of(0));

        one.Clear();
        one.Clear();
        other.Take(0, "12345678");
        one.Take(0, "123");
        Assert.Equal((null, "12345678"), (one.Of(0), other.Of(0)));
    }
}

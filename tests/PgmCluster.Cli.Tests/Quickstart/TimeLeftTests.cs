using Microsoft.Extensions.Time.Testing;
using PgmCluster.Cli.Quickstart;
using PgmCluster.Contracts.Jobs;
using PgmCluster.TestSupport;

namespace PgmCluster.Cli.Tests.Quickstart;

public sealed class TimeLeftTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Left_StageOfKnownRate_MeasuresTheLaterOnes()
    {
        var left = Of(("small", 1), ("first", 20), ("second", 60), ("last", 19));

        left.Begin(0);
        Assert.Null(left.Left);
        Pass(30);
        // Reading a disk for half a minute says nothing of how fast this machine computes.
        left.End(30);
        Assert.Null(left.Left);

        left.Begin(0);
        Pass(10);
        left.Report(Steps(done: 100, total: 400, rate: 10));
        // 10 s and 30 s more for a cost of 20: 2 s each, so 30 s and 2 x 79 s are left.
        Assert.Equal(188, Seconds(left));
        Pass(30);
        left.End(40);
        Assert.Equal(158, Seconds(left));
    }

    [Fact]
    public void Left_StageThatTellsNoRate_GoesDownWithTheClock()
    {
        var left = Of(("first", 50), ("second", 30), ("third", 20));
        left.Begin(0);
        Pass(25);
        left.End(25);

        left.Begin(0);
        Assert.Equal(25, Seconds(left));
        Pass(10);
        Assert.Equal(15, Seconds(left));
        Pass(10);
        // Late: the stage's own share is gone, the next one is still to come.
        Assert.Equal(10, Seconds(left));
        left.End(20);
        // 45 s for a cost of 80.
        Assert.Equal(20 * 45.0 / 80, Seconds(left)!.Value, 6);
        left.Begin(0);
        left.End(11);
        Assert.Null(left.Left);
    }

    [Fact]
    public void Left_StagesOfAnEarlierStart_CountWhatTheyTookThen()
    {
        var left = Of(("first", 10), ("second", 10), ("third", 10));
        left.Begin(33);
        // Nothing runs: it is done already.
        left.End(33);
        left.Begin(11);

        Assert.Equal(33 - 11 + 33, Seconds(left));
    }

    private TimeLeft Of(params (string, double)[] costs) => new(costs, _time);

    private void Pass(double seconds) => _time.Advance(TimeSpan.FromSeconds(seconds));

    private static double? Seconds(TimeLeft left) => left.Left?.TotalSeconds;

    private static JobProgress Steps(long done, long total, double rate) =>
        new() { Done = done, Total = total, Unit = "step", UnitsPerSecond = rate };
}

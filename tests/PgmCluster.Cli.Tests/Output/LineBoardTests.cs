using Microsoft.Extensions.Time.Testing;
using PgmCluster.Cli.Output;
using PgmCluster.Contracts.Jobs;
using PgmCluster.TestSupport;

namespace PgmCluster.Cli.Tests.Output;

public sealed class LineBoardTests
{
    [Fact]
    public void Report_ManyEvents_OneLineEveryTwoSeconds()
    {
        var (writer, time) = (new StringWriter(), new FakeTimeProvider());
        var board = new LineBoard(writer, ["a", "b"], time);

        board.Begin("a");
        for (var i = 0; i < 50; i++)
        {
            board.Report("a", new JobEvent { Phase = JobPhase.Running, Progress = new() { Done = i, Total = 50, Unit = "step" } });
            time.Advance(TimeSpan.FromMilliseconds(100));
        }
        board.End("a", 5);

        Assert.Equal(
            ["Stages: a, b", "[1/2] a: step 1/50 (2 %)", "[1/2] a: step 21/50 (42 %)", "[1/2] a: step 41/50 (82 %)",
                "[1/2] a: done in 0:05"],
            writer.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Report_WorkTakenUpAgainAfterALoss_SaysFromWhereItGoesOn()
    {
        var (writer, time) = (new StringWriter(), new FakeTimeProvider());
        var board = new LineBoard(writer, ["a"], time);
        void Step(long generation, long step) => board.Report(
            "a", new JobEvent { Phase = JobPhase.Running, Generation = generation, Progress = new() { Done = step, Total = 50, Unit = "step" } });

        board.Begin("a");
        Step(1, 20);
        Step(1, 21);
        Step(2, 0);
        Step(2, 11);
        Step(2, 12);

        Assert.Equal("a: taken up again, step 11/50 (22 %)", Assert.Single(writer.ToString().Split('\n'), l => l.Contains("again")).TrimEnd());
    }

    [Fact]
    public void Report_TimeLeftOfAll_StandsBesideThatOfTheStage()
    {
        var (writer, time) = (new StringWriter(), new FakeTimeProvider());
        var board = new LineBoard(writer, ["a", "b"], time);

        board.Begin("a");
        board.Remaining(TimeSpan.FromSeconds(200));
        board.Report(
            "a", new JobEvent { Phase = JobPhase.Running, Progress = new() { Done = 10, Total = 50, Unit = "step", UnitsPerSecond = 2 } });

        Assert.EndsWith(
            "[1/2] a: step 10/50 (20 %), 2 steps/s, 0:20 left; about 3:20 left of all stages", writer.ToString().TrimEnd());
    }

    [Fact]
    public void Report_Waiting_IsSaidOnceAndAgainWhenItChanges()
    {
        var (writer, time) = (new StringWriter(), new FakeTimeProvider());
        var board = new LineBoard(writer, ["a"], time);
        static JobEvent Waits(string reason) => new() { Phase = JobPhase.Queued, Message = reason };

        board.Begin("a");
        // Nothing else is reported while it waits.
        board.Report("a", Waits("no free device"));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(writer.ToString());
        time.Advance(TimeSpan.FromSeconds(1));
        board.Report("a", Waits("no free device"));
        time.Advance(TimeSpan.FromMinutes(1));
        board.Report("a", Waits("the disk is full"));
        time.Advance(TimeSpan.FromSeconds(2));
        board.Report("a", new JobEvent { Phase = JobPhase.Running, Progress = new() { Done = 1, Total = 50, Unit = "step" } });
        time.Advance(TimeSpan.FromSeconds(2));
        board.Report("a", new JobEvent { Phase = JobPhase.Running, Progress = new() { Done = 2, Total = 50, Unit = "step" } });
        board.Report("a", Waits("no free device"));
        time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(
            ["a: queued, no free device", "a: queued, the disk is full", "a: step 2/50 (4 %)", "a: queued, no free device"],
            writer.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Report_WaitingThatIsOverAtOnce_IsNotSaid()
    {
        var (writer, time) = (new StringWriter(), new FakeTimeProvider());
        var board = new LineBoard(writer, ["a"], time);

        board.Begin("a");
        board.Report("a", new JobEvent { Phase = JobPhase.Queued, Message = "no free device" });
        time.Advance(TimeSpan.FromSeconds(1));
        board.Report("a", new JobEvent { Phase = JobPhase.Running });
        time.Advance(TimeSpan.FromSeconds(5));
        board.End("a", 6);

        Assert.Equal("a: done in 0:06", writer.ToString().Trim());
    }

    [Theory]
    [InlineData(5, "0:05")]
    [InlineData(65, "1:05")]
    [InlineData(3725, "1:02:05")]
    public void Duration_Seconds_ReadAsAClock(double seconds, string expected) => Assert.Equal(expected, Texts.Duration(seconds));

    [Fact]
    public void Event_Queued_SaysWhatItWaitsFor() =>
        Assert.Equal("queued, no free device", Texts.Event(new JobEvent { Phase = JobPhase.Queued, Message = "no free device" }));
}

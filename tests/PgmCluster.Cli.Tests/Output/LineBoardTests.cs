using PgmCluster.Cli.Output;
using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Cli.Tests.Output;

public sealed class LineBoardTests
{
    [Fact]
    public void Report_ManyEvents_OneLineEveryTwoSeconds()
    {
        var (writer, time) = (new StringWriter(), new ManualTime());
        var board = new LineBoard(writer, ["a", "b"], time);

        board.Begin("a");
        for (var i = 0; i < 50; i++)
        {
            board.Report("a", new JobEvent { Phase = JobPhase.Running, Progress = new() { Done = i, Total = 50, Unit = "step" } });
            time.Advance(TimeSpan.FromMilliseconds(100));
        }
        board.End("a", 5);

        Assert.Equal(
            ["Stages: a, b", "[1/2] a: step 1/50 (2 %)", "[1/2] a: step 21/50 (42 %)", "[1/2] a: step 41/50 (82 %)", "[1/2] a: done in 0:05"],
            writer.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
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
